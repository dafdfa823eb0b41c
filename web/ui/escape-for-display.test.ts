import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeForDisplay, escapedText } from "./escape-for-display.ts";

describe("escapeForDisplay", () => {
  test("leaves an ordinary command as one part", () => {
    expect(escapeForDisplay("npm test -- upload --retries=0")).toEqual([
      { kind: "text", text: "npm test -- upload --retries=0" },
    ]);
  });

  test.each([
    ["a right-to-left override", "rm \u202Etxt.sh", "rm \\u{202E}txt.sh"],
    ["an isolate", "a\u2066b\u2069", "a\\u{2066}b\\u{2069}"],
    ["a zero-width space", "git\u200Bpush", "git\\u{200B}push"],
    ["a zero-width joiner", "a\u200Db", "a\\u{200D}b"],
    ["a soft hyphen", "a\u00ADb", "a\\xADb"],
    ["a no-break space", "rm\u00A0-rf", "rm\\xA0-rf"],
    ["an ideographic space", "a\u3000b", "a\\u{3000}b"],
    ["a hangul filler", "a\u3164b", "a\\u{3164}b"],
    ["a blank braille cell", "a\u2800b", "a\\u{2800}b"],
    ["a variation selector", "a\uFE0Fb", "a\\u{FE0F}b"],
    ["a tag character", "a\u{E0041}b", "a\\u{E0041}b"],
    ["a byte order mark", "\uFEFFls", "\\u{FEFF}ls"],
    ["an escape sequence", "\u001B[2K\u001B[1A", "\\x1B[2K\\x1B[1A"],
    ["a carriage return", "safe\revil", "safe\\revil"],
    ["a tab", "a\tb", "a\\tb"],
    ["a nul", "a\0b", "a\\0b"],
    ["a C1 control", "a\u0085b", "a\\x85b"],
    ["half of a pair", "a\uD800b", "a\\u{D800}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
  ])("S19 writes out %s", (_, text, shown) => {
    expect(escapedText(text)).toBe(shown);
  });

  test("marks what it wrote out, so that it cannot be confused with the same letters typed", () => {
    expect(escapeForDisplay("\\u{202E}")).toEqual([{ kind: "text", text: "\\u{202E}" }]);
    expect(escapeForDisplay("\u202E")).toEqual([{ kind: "hidden", text: "\\u{202E}", codePoint: 0x202e }]);
  });

  test("keeps a line break and shows empty lines", () => {
    expect(escapedText("cat <<X\nhello\nX")).toBe("cat <<X\nhello\nX");
    expect(escapedText("ls\n\n  \nrm -rf .")).toBe("ls\n\\n\n  \\n\nrm -rf .");
  });

  test("keeps letters of every script and emoji as they are", () => {
    expect(escapedText("grüße 日本語 עברית 🐕")).toBe("grüße 日本語 עברית 🐕");
  });

  test("S19 drops nothing: the parts give the text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "\n", "\t", "\u202E", "\u200B", "🐕") }), (text) => {
        const parts = escapeForDisplay(text);
        // A line break that is written out is also there as itself, in the text after it.
        const back = parts.map((part) => {
          if (part.kind === "text") return part.text;
          return part.text === "\\n" ? "" : String.fromCodePoint(part.codePoint);
        });
        expect(back.join("")).toBe(text);
      }),
    );
  });
});

// What a person approves must be what runs. Characters that show nothing, look like a plain space, or change the order of
// the text around them are written out; the rest is left as it is. Look-alike letters are beyond this.

/** A run of text as it stands, or one character written out because it would hide or mislead. */
export type DisplayPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hidden"; readonly text: string; readonly codePoint: number };

// Controls, format and bidi characters, every separator but the space, unassigned, private and lone halves of pairs,
// and what Unicode says may be drawn as nothing (fillers, variation selectors, tags). U+2800 is a blank braille cell.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Cn}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Splits `text` into parts that together show every character of it. A line break stays one, and is also written out where
 * the line is empty, so that blank lines cannot push the rest out of sight unnoticed. Never throws, never shortens.
 */
export function escapeForDisplay(text: string): readonly DisplayPart[] {
  const parts: DisplayPart[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
  };
  const known = new Map<string, DisplayPart>();
  let isLineEmpty = true;
  for (const character of text) {
    const isBreak = character === "\n";
    const isPlain = isPrintable(character) || (isBreak ? !isLineEmpty : !HIDDEN.test(character));
    if (isPlain) {
      plain += character;
    } else {
      flush();
      const part = known.get(character) ?? hiddenPart(character);
      known.set(character, part);
      parts.push(part);
      if (isBreak) plain = "\n";
    }
    if (isBreak) isLineEmpty = true;
    else if (character !== " ") isLineEmpty = false;
  }
  flush();
  return parts;
}

/** The same as one string, for names and tests. */
export function escapedText(text: string): string {
  return escapeForDisplay(text)
    .map((part) => part.text)
    .join("");
}

/** Printable ASCII: most of what there is, and told without the expression. */
function isPrintable(character: string): boolean {
  return character >= " " && character <= "~" && character.length === 1;
}

const SHORT: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\n": "\\n", "\0": "\\0" };

function hiddenPart(character: string): DisplayPart {
  const codePoint = character.codePointAt(0) ?? 0;
  const hex = codePoint.toString(16).toUpperCase();
  const text = SHORT[character] ?? (codePoint <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
  return { kind: "hidden", text, codePoint };
}

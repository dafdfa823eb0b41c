import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markdownBlocks } from "./markdown-blocks.ts";

describe("markdownBlocks", () => {
  test("cuts before a paragraph and before a heading", () => {
    expect(markdownBlocks("One.\n\nTwo.\n\n# Three\nwords")).toEqual(["One.\n", "Two.\n", "# Three\nwords"]);
  });

  test("keeps a list with blank lines between its items in one piece", () => {
    expect(markdownBlocks("1. a\n\n2. b\n\n   more of b\n\n- c")).toHaveLength(1);
  });

  test("does not cut inside a fence, whatever stands in it", () => {
    expect(markdownBlocks("```sh\na\n\nb\n# c\n```")).toHaveLength(1);
    expect(markdownBlocks("````\n```\n\nstill inside\n````\n\nafter")).toHaveLength(2);
  });

  test("keeps an unfinished fence whole while it streams", () => {
    expect(markdownBlocks("Look:\n\n```ts\nconst a = 1\n\nconst b")).toEqual([
      "Look:\n\n```ts\nconst a = 1\n\nconst b",
    ]);
  });

  test("stays whole when references reach across blocks", () => {
    expect(markdownBlocks("See [a].\n\nWords.\n\n[a]: https://example.com")).toHaveLength(1);
  });

  test.each(["[a\nb]: /x", "[a\\]b]: /x", "[\\[a]: /x", `[${"a".repeat(999)}]: /x`])(
    "stays whole for a label over two lines, with escaped brackets or as long as one may be",
    (definition) => {
      expect(markdownBlocks(`Words.\n\nMore.\n\n${definition}`)).toHaveLength(1);
    },
  );

  test("cuts where what looks like a label is none", () => {
    expect(markdownBlocks("Words.\n\nMore.\n\n[a[b]: /x")).toHaveLength(2);
    expect(markdownBlocks(`Words.\n\nMore.\n\n[${"a".repeat(1_000)}]: /x`)).toHaveLength(2);
  });

  test("loses nothing, and what was cut stays cut as the text grows", () => {
    const line = fc.constantFrom("words", "# head", "- item", "```", "", "  more", "> quote");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const text = lines.join("\n");
        const blocks = markdownBlocks(text);
        expect(blocks.join("\n")).toBe(text);
        expect(markdownBlocks(`${text}!`).slice(0, blocks.length - 1)).toEqual(blocks.slice(0, -1));
      }),
    );
  });
});

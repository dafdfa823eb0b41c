import { expect, test } from "vitest";
import { prosePieces } from "./prose-pieces.ts";

const LINE = "The quick brown fox jumps over the lazy dog, again and again.\n";
const texts = (text: string): readonly string[] => prosePieces(text).map((piece) => piece.text);

test("leaves an ordinary answer whole", () => {
  expect(prosePieces(`${LINE}\n${LINE}`)).toEqual([{ text: `${LINE}\n${LINE}`, cut: "first" }]);
});

test("cuts two megabytes without a blank line into pieces a phone can parse, and loses no character", () => {
  const text = LINE.repeat(34_000);
  const pieces = prosePieces(text);
  expect(pieces.every((piece) => piece.text.length <= 9_000)).toBe(true);
  expect(pieces.slice(1).every((piece) => piece.cut === "line")).toBe(true);
  expect(pieces.map((piece) => piece.text).join("\n")).toBe(text);
});

test("cuts one line of two megabytes, too", () => {
  const pieces = texts("x".repeat(2_000_000));
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(32_000);
  expect(pieces.join("")).toBe("x".repeat(2_000_000));
});

test("prefers to cut between blocks", () => {
  const block = `${LINE.repeat(20)}\n`;
  const pieces = prosePieces(block.repeat(12));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.slice(1).map((piece) => piece.cut)).toEqual(pieces.slice(1).map(() => "block"));
});

test("never moves a piece that stands while the answer grows at its end", () => {
  const text = `${LINE.repeat(30)}\n- ${LINE}`.repeat(30);
  const whole = texts(text);
  for (let end = 4_000; end < text.length; end += 997) {
    const before = texts(text.slice(0, end)).slice(0, -1);
    expect(before).toEqual(whole.slice(0, before.length));
  }
});

test("a code block stays whole, and one that is far too long begins again in every piece", () => {
  const code = (lines: number): string => `\`\`\`ts\n${"const a = 1;\n".repeat(lines)}\`\`\`\n`;
  expect(prosePieces(`${LINE}\n${code(1_000)}`)).toHaveLength(1);
  const pieces = texts(code(10_000));
  expect(pieces.length).toBeGreaterThan(3);
  for (const piece of pieces) {
    expect(piece.startsWith("```ts\nconst")).toBe(true);
    expect(piece.trimEnd().endsWith("\n```")).toBe(true);
  }
});

test("never cuts a table or the inside of a list's item from what it belongs to", () => {
  const table = `| a | b |\n| - | - |\n${"| 1 | 2 |\n".repeat(1_500)}`;
  expect(prosePieces(table)).toHaveLength(1);
  const list = `- first\n${`  ${LINE}`.repeat(200)}`;
  expect(prosePieces(list)).toHaveLength(1);
});

test("a link's definition at the end counts in every piece", () => {
  const pieces = texts(`${`[docs][1] ${LINE}\n`.repeat(150)}[1]: https://example.com`);
  expect(pieces.length).toBeGreaterThan(1);
  for (const piece of pieces) expect(piece.match(/\[1\]: https/gu)).toHaveLength(1);
});

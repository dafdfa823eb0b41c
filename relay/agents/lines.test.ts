import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAppError } from "../../schema/index.ts";
import { LineQueue, LineSplitter } from "./lines.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

function split(chunks: readonly Buffer[], maxBytes = 1_000_000): string[] {
  const splitter = new LineSplitter(maxBytes);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.finish();
  return last === undefined ? lines : [...lines, last];
}

describe("LineSplitter", () => {
  test("gives the same lines however the bytes are cut", () => {
    const text = fc.array(
      fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n]/g, "")),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(500)), (lines, cuts) => {
        const whole = bytes(lines.map((line) => `${line}\n`).join(""));
        const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        expect(split(chunks)).toEqual(lines);
      }),
    );
  });

  test.each([
    ["a CRLF end", "one\r\ntwo\r\n", ["one", "two"]],
    ["a last line without newline", "one\ntwo", ["one", "two"]],
    ["empty lines", "\n\none\n", ["", "", "one"]],
    ["nothing at all", "", []],
  ])("takes %s", (_what, text, lines) => {
    expect(split([bytes(text)])).toEqual(lines);
  });

  test("turns invalid UTF-8 into U+FFFD and loses no other line", () => {
    const garbage = Buffer.from([0xff, 0xfe, 0xc3, 0x0a]);
    expect(split([bytes("before\n"), garbage, bytes("after\n")])).toEqual(["before", "\uFFFD\uFFFD\uFFFD", "after"]);
  });

  test("takes a line of 2 MB in pieces of a pipe", () => {
    const line = "x".repeat(2 * 1024 * 1024);
    const whole = bytes(`${line}\nnext\n`);
    const pieces = Array.from({ length: Math.ceil(whole.length / 65_536) }, (_, index) =>
      whole.subarray(index * 65_536, (index + 1) * 65_536),
    );
    expect(split(pieces, 4 * 1024 * 1024)).toEqual([line, "next"]);
  });

  test("refuses a line over the limit, and takes one exactly as long", () => {
    expect(split([bytes("12345678\n")], 8)).toEqual(["12345678"]);
    expect(() => split([bytes("12345"), bytes("6789\n")], 8)).toThrow(expect.objectContaining({ code: "E_AGENT" }));
  });
});

describe("LineQueue", () => {
  const queue = (aheadChars = 10): { lines: LineQueue; rooms: () => number } => {
    let rooms = 0;
    return { lines: new LineQueue({ maxBytes: 20, aheadChars, onRoom: () => (rooms += 1) }), rooms: () => rooms };
  };

  test("asks its source to pause when full, and to go on once the reader caught up", async () => {
    const { lines, rooms } = queue();
    expect(lines.push(bytes("123\n"))).toBe(true);
    expect(lines.push(bytes("12345678\n"))).toBe(false);
    const reader = lines[Symbol.asyncIterator]();
    await reader.next();
    expect(rooms()).toBe(1);
    await reader.next();
    expect(rooms()).toBe(1);
  });

  test("gives what came before a line that is too long, then fails the reader", async () => {
    const { lines } = queue();
    lines.push(bytes("fine\n"));
    lines.push(bytes("x".repeat(30)));
    lines.push(bytes("never seen\n"));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of lines) seen.push(line);
    })();
    await expect(reading).rejects.toSatisfy((error: unknown) => isAppError(error, "E_AGENT"));
    expect(seen).toEqual(["fine"]);
  });

  test("ends after the last unfinished line", async () => {
    const { lines } = queue();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of lines) seen.push(line);
    })();
    lines.push(bytes("one\ntw"));
    lines.end();
    await reading;
    expect(seen).toEqual(["one", "tw"]);
  });
});

import { expect, test } from "vitest";
import { parseJson, readJson } from "./codec.ts";
import { isAppError } from "./errors.ts";
import { JSON_DEPTH } from "./limits.ts";
import { z } from "./zod.ts";

const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

test.each([lists, objects])(
  "S27 JSON is read up to its depth and refused beyond, before anybody writes it again",
  (nested) => {
    expect(codeOf(() => readJson(nested(JSON_DEPTH)))).toBeNull();
    expect(codeOf(() => readJson(nested(JSON_DEPTH + 1)))).toBe("E_SCHEMA");
    expect(codeOf(() => parseJson(nested(100_000), z.unknown()))).toBe("E_SCHEMA");
  },
);

test.each([
  ["brackets in a text", JSON.stringify("[".repeat(1_000))],
  ["brackets behind an escaped quote", JSON.stringify(`"${"[{".repeat(500)}`)],
  ["brackets behind backslashes", JSON.stringify({ a: `\\\\"\\${"{".repeat(500)}`, b: "\\" })],
  ["many brackets side by side", `[${"[],".repeat(1_000)}{}]`],
])("S27 %s are not depth", (_, text) => {
  expect(readJson(text)).toEqual(JSON.parse(text));
});

test("S27 depth that a text only seems to close is refused all the same", () => {
  expect(codeOf(() => readJson(`"]]]]]"${"[".repeat(JSON_DEPTH + 1)}`))).toBe("E_SCHEMA");
  expect(codeOf(() => readJson(`{"a":"\\\\"${"[".repeat(JSON_DEPTH + 1)}`))).toBe("E_SCHEMA");
});

test("S27 a text without an end is no JSON", () => {
  expect(codeOf(() => readJson(`"${"x".repeat(1_000)}`))).toBe("E_SCHEMA");
});

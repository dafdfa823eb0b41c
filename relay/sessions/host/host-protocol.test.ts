import { expect, test } from "vitest";
import { isAppError } from "../../../schema/index.ts";
import { errorOf, failureOf, parseEvent, parseEventLine, parseLine } from "./host-protocol.ts";

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

test.each(["", "{", "null", "[]", '"x"', "1", "{}", '{"t":1,"type":1}', `{"type":"x","a":${"[".repeat(9_000)}`])(
  "S27 a line that is none is refused with a code: %.20s",
  (line) => {
    for (const parse of [parseLine, parseEvent, parseEventLine]) expect(codeOf(() => parse(line))).toBe("E_SCHEMA");
  },
);

test("S27 a failure without a code or data is no event", () => {
  for (const failure of [
    "1",
    "null",
    "{}",
    '{"code":"E_AGENT"}',
    '{"code":1,"data":{}}',
    '{"code":"E_AGENT","data":1}',
  ]) {
    expect(codeOf(() => parseEvent(`{"type":"unopened","failure":${failure}}`))).toBe("E_SCHEMA");
  }
});

test("a failure arrives as it was sent, and one of an unknown code as a defect", () => {
  const event = parseEvent(
    JSON.stringify({ type: "unopened", failure: failureOf(errorOf({ code: "E_AGENT", data: { reason: "x" } })) }),
  );
  expect(event).toEqual({ type: "unopened", failure: { code: "E_AGENT", data: { reason: "x" } } });
  expect(errorOf({ code: "E_NEWER", data: {} }).code).toBe("E_INTERNAL");
});

import { expect, test } from "vitest";
import { asJson, asText, judge } from "./report.ts";

const row = { row: "line", what: "agent line to a device", unit: "ms", value: { p50: 3, p99: 12 } };

test("a row is met only when every figure and every ratio keeps its limit", () => {
  const floor = { p50: 2, p99: 10 };
  expect(judge({ ...row, floor, atMost: { p50: 8 }, atMostTimes: { p50: 1.5, p99: 1.5 } }).isMet).toBe(true);
  expect(judge({ ...row, floor, atMost: { p50: 2.9 }, atMostTimes: { p50: 1.5 } }).isMet).toBe(false);
  expect(judge({ ...row, floor, atMostTimes: { p50: 1.4 } }).isMet).toBe(false);
});

test("a goal for something that was not measured is not met", () => {
  expect(judge({ ...row, atMost: { p95: 5 } }).isMet).toBe(false);
  expect(judge({ ...row, atMostTimes: { p50: 5 } }).isMet).toBe(false);
});

test("a row without a goal has no verdict", () => {
  expect(judge(row).isMet).toBeNull();
});

test("the JSON line carries value, floor, ratio, goal and verdict", () => {
  const line = asJson(judge({ ...row, floor: { p50: 2, p99: 7 }, atMostTimes: { p99: 1.5 } }));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    ...{ ...row, floor: { p50: 2, p99: 7 }, atMostTimes: { p99: 1.5 } },
    ratio: { p50: 1.5, p99: 1.714 },
    isMet: false,
  });
});

test("people read value, floor, ratio and goal", () => {
  const text = asText(judge({ ...row, floor: { p50: 2, p99: 8 }, floorIs: "two bare writes", atMost: { p99: 40 } }));
  for (const words of ["ok", "p50 3, p99 12 ms", "floor p50 2, p99 8: two bare writes", "p50 1.5x", "at most p99 40"])
    expect(text).toContain(words);
});

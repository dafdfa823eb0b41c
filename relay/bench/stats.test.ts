import { expect, test } from "vitest";
import { busiestWindow, median, percentile, ratiosOf, spreadOf } from "./stats.ts";

const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test("a percentile is a value that was measured, by nearest rank, in whatever order they came", () => {
  expect(spreadOf(oneToHundred)).toEqual({ p50: 50, p99: 99 });
  expect(percentile([3, 1, 2], 1)).toBe(3);
  expect(percentile([3, 1, 2], 0)).toBe(1);
  expect(percentile([7], 0.99)).toBe(7);
});

test("the values stay as they were given", () => {
  const values = [3, 1, 2];
  percentile(values, 0.5);
  expect(values).toEqual([3, 1, 2]);
});

test("nothing measured has no percentile", () => {
  expect(percentile([], 0.5)).toBeNaN();
});

test("the median of an even number of runs is the lower one", () => {
  expect(median([4, 1, 3, 2])).toBe(2);
});

test("a ratio is taken figure by figure, and left out where there is no floor or an empty one", () => {
  expect(ratiosOf({ p50: 3, p99: 10, lost: 1 }, { p50: 2, p99: 4, other: 1 })).toEqual({ p50: 1.5, p99: 2.5 });
  expect(ratiosOf({ kB: 3 }, { kB: 0 })).toEqual({});
});

test("the busiest window is found wherever it begins, its end left out", () => {
  expect(busiestWindow([0, 4, 6, 9, 10, 20], 5)).toBe(3);
  expect(busiestWindow([0, 5, 10], 5)).toBe(1);
  expect(busiestWindow([], 5)).toBe(0);
});

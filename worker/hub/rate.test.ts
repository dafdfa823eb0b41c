import { expect, test } from "vitest";
import { Buckets } from "./rate.ts";

test("a burst passes, then as many as the rate gives, each key for itself", () => {
  const buckets = new Buckets({ perSecond: 2, burst: 3 });
  expect([1, 2, 3].map(() => buckets.take("a", 0))).toEqual([0, 0, 0]);
  expect(buckets.take("a", 0)).toBe(500);
  expect(buckets.take("a", 250)).toBe(250);
  expect(buckets.take("b", 250)).toBe(0);
  expect(buckets.take("a", 500)).toBe(0);
  expect(buckets.take("a", 500)).toBe(500);
});

test("a long silence fills a bucket to its burst and no further", () => {
  const buckets = new Buckets({ perSecond: 2, burst: 3 });
  for (let count = 0; count < 3; count++) buckets.take("a", 0);
  expect([1, 2, 3, 4].map(() => buckets.take("a", 3_600_000) === 0)).toEqual([true, true, true, false]);
});

test("a clock that goes back gives nothing and takes nothing", () => {
  const buckets = new Buckets({ perSecond: 1, burst: 1 });
  expect(buckets.take("a", 1000)).toBe(0);
  expect(buckets.take("a", 0)).toBe(1000);
});

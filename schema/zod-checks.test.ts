import { expect, test } from "vitest";
import { z } from "./index.ts";

const numbers = z.array(z.int().check(z.gte(1))).check(z.maxLength(400_000));

test("lists and records keep what is right, and name the first wrong entry alone", () => {
  expect(numbers.parse([1, 2])).toEqual([1, 2]);
  expect(numbers.safeParse([1, 0, 0]).error?.issues).toMatchObject([{ path: [1] }]);
  expect(numbers.safeParse({}).error?.issues).toMatchObject([{ code: "invalid_type" }]);
  const named = z.record(z.string(), z.array(z.string()));
  expect(named.parse({ a: ["b"] })).toEqual({ a: ["b"] });
  expect(named.safeParse({ a: ["b"], c: [1], d: [1] }).error?.issues).toMatchObject([{ path: ["c", 0] }]);
  expect(named.safeParse([]).success).toBe(false);
});

test("S27 no number of wrong entries ends the parser, at any depth and behind any check", () => {
  const many = Array.from({ length: 300_000 }, () => 0);
  expect(numbers.safeParse(many).error?.issues).toHaveLength(1);
  expect(z.object({ list: z.array(numbers) }).safeParse({ list: [many] }).error?.issues).toHaveLength(1);
  expect(z.object({ list: numbers.check(z.minLength(1)) }).safeParse({ list: many }).error?.issues).toHaveLength(1);
  const names = Object.fromEntries(many.map((_, index) => [`k${index}`, 0]));
  expect(z.object({ by: z.record(z.string(), z.string()) }).safeParse({ by: names }).error?.issues).toHaveLength(1);
});

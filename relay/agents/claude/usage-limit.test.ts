import { describe, expect, test } from "vitest";
import { readLimitEnd, saysUsageLimit } from "./usage-limit.ts";

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);

describe("the end of a usage limit", () => {
  test.each([
    ["Claude AI usage limit reached|1795190400", 1_795_190_400_000],
    ["You've hit your limit · resets 3pm (UTC)", NOON + 3 * HOUR_MS],
    ["You've hit your session limit · resets at 12:05 pm (UTC)", NOON + HOUR_MS / 12],
    ["Your limit will reset · resets 11am (UTC)", NOON + 23 * HOUR_MS],
    ["limit · resets 12am (UTC)", NOON + 12 * HOUR_MS],
    ["limit · resets 12pm (UTC)", NOON + 24 * HOUR_MS],
    ["limit · resets 2pm (Europe/Berlin)", NOON + HOUR_MS],
  ])("is read from %j", (text, end) => {
    expect(readLimitEnd(text, NOON)).toBe(end);
  });

  test.each(["You've hit your limit", "limit · resets Monday", "limit · resets 3pm (Nowhere/Land)", ""])(
    "is unknown for %j",
    (text) => {
      expect(readLimitEnd(text, NOON)).toBeUndefined();
    },
  );

  test("is a whole minute even when the clock is not", () => {
    expect(readLimitEnd("limit · resets 3pm (UTC)", NOON + 12_345)).toBe(NOON + 3 * HOUR_MS);
  });
});

test("a limit is told from other failures", () => {
  expect(saysUsageLimit("You've hit your limit · resets 3pm")).toBe(true);
  expect(saysUsageLimit("You've hit your 5-hour limit · resets 2:57pm (UTC)")).toBe(true);
  expect(saysUsageLimit("API Error: Request rejected (429) · This would exceed your account's rate limit.")).toBe(
    false,
  );
  expect(saysUsageLimit("Claude AI usage limit reached|1795190400")).toBe(true);
  expect(saysUsageLimit("API Error: Repeated 529 Overloaded errors.")).toBe(false);
  expect(saysUsageLimit("Reached maximum number of turns (1)")).toBe(false);
});

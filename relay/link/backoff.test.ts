import fc from "fast-check";
import { expect, test } from "vitest";
import { ATTEMPT_GAP_MS, BACKOFF_MAX_MS, BACKOFF_SPREAD_MS } from "../../schema/index.ts";
import { nextAttemptAt } from "./backoff.ts";

const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

test("never waits longer than the maximum nor dials within the attempt gap", () => {
  fc.assert(
    fc.property(
      fc.nat(60),
      random,
      fc.constantFrom(null, 1006, 4410),
      fc.nat(100_000),
      (attempt, chance, closeCode, ago) => {
        const now = 1_000_000;
        const at = nextAttemptAt({ attempt, closeCode, now, attemptedAt: now - ago, random: chance });
        expect(at).toBeGreaterThanOrEqual(now - ago + ATTEMPT_GAP_MS);
        expect(at).toBeLessThanOrEqual(Math.max(now + BACKOFF_MAX_MS, now - ago + ATTEMPT_GAP_MS));
      },
    ),
  );
});

test("spreads the first try over five seconds when everybody lost the hub at once", () => {
  const at = nextAttemptAt({ attempt: 0, closeCode: 1006, now: 0, attemptedAt: -60_000, random: 0.999 });
  expect(at).toBeCloseTo(BACKOFF_SPREAD_MS * 0.999);
});

test("doubles with every attempt until the maximum", () => {
  const at = (attempt: number) =>
    nextAttemptAt({ attempt, closeCode: null, now: 0, attemptedAt: -60_000, random: 0.5 });
  expect([1, 2, 3, 4, 5, 6, 7, 20].map(at)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

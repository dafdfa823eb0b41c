// The replay window against a set that remembers everything.
import fc from "fast-check";
import { expect, it } from "vitest";
import { CTR_WINDOW } from "../../schema/index.ts";
import { EMPTY_WINDOW, isUsed, marked } from "./replay-window.ts";

it("S1: lets every counter pass at most once, and every fresh one within reach exactly once", () => {
  const steps = fc.array(
    fc.oneof(fc.nat(50), fc.integer({ min: CTR_WINDOW - 3, max: CTR_WINDOW + 3 }), fc.nat(5 * CTR_WINDOW)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, fc.array(fc.nat(2 * CTR_WINDOW), { maxLength: 60 }), (ahead, behind) => {
      let window = EMPTY_WINDOW;
      const passed = new Set<number>();
      for (const [index, step] of ahead.entries()) {
        for (const ctr of [window.hi + step, window.hi - (behind[index] ?? 0)]) {
          const isFresh = ctr >= 1 && ctr > window.hi - CTR_WINDOW && !passed.has(ctr);
          expect(isUsed(window, ctr), `${ctr} at ${window.hi}`).toBe(!isFresh);
          if (!isFresh) continue;
          passed.add(ctr);
          window = marked(window, ctr);
          expect(isUsed(window, ctr)).toBe(true);
        }
      }
      expect(window.hi).toBe(Math.max(0, ...passed));
    }),
  );
});

it("does not change the window it was given", () => {
  marked(EMPTY_WINDOW, 5);
  expect(isUsed(EMPTY_WINDOW, 5)).toBe(false);
});

import { expect, test } from "vitest";
import type { LiveFacts } from "./live-words.ts";
import { liveGlyph, liveWords } from "./live-words.ts";

const clock = { now: Date.parse("2026-11-20T12:30:00Z"), zone: "UTC" };
const confirmedAt = Date.parse("2026-11-20T12:04:00Z");
const offline = { status: "offline", retryAt: null, attempt: 1 } as const;

test.each<[LiveFacts, string, string]>([
  [{ liveness: { status: "live", provenAt: confirmedAt } }, "live", "live"],
  [{ liveness: { status: "confirming", since: confirmedAt } }, "confirming", "confirming"],
  [{ liveness: { status: "stale", confirmedAt } }, "asleep", "last confirmed 12:04"],
  [{ liveness: { ...offline, confirmedAt } }, "asleep", "last confirmed 12:04"],
  [{ liveness: { ...offline, confirmedAt: null } }, "asleep", "never confirmed"],
  [
    { liveness: { status: "stale", confirmedAt: null }, alarm: { kind: "relay-absent", since: confirmedAt } },
    "trouble",
    "relay gone since 12:04",
  ],
])("%j is drawn as %s and said as %s", (facts, glyph, words) => {
  expect(liveGlyph(facts)).toBe(glyph);
  expect(liveWords(facts, clock)).toBe(words);
});

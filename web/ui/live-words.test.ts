import { expect, test } from "vitest";
import type { Liveness } from "./live-words.ts";
import { liveGlyph, liveWords } from "./live-words.ts";

const clock = { now: Date.parse("2026-11-20T12:30:00Z"), zone: "UTC" };
const confirmedAt = Date.parse("2026-11-20T12:04:00Z");

test.each<[Liveness, string, string]>([
  [{ live: "live" }, "live", "live"],
  [{ live: "confirming" }, "confirming", "confirming"],
  [{ live: "stale", confirmedAt }, "asleep", "last confirmed 12:04"],
  [{ live: "offline", confirmedAt }, "asleep", "last confirmed 12:04"],
  [{ live: "offline", confirmedAt, reason: "asleep" }, "asleep", "asleep since 12:04"],
  [{ live: "stale", confirmedAt, reason: "relay-stopped" }, "trouble", "relay stopped 12:04"],
  [{ live: "stale", confirmedAt: null }, "asleep", "never seen"],
])("%j is drawn as %s and said as %s", (liveness, glyph, words) => {
  expect(liveGlyph(liveness)).toBe(glyph);
  expect(liveWords(liveness, clock)).toBe(words);
});

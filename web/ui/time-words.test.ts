import { describe, expect, test } from "vitest";
import {
  clockWords,
  countdownWords,
  durationWords,
  leftWords,
  momentWords,
  stampWords,
  timeWords,
} from "./time-words.ts";

const zone = "Europe/Berlin";
const at = (iso: string): number => Date.parse(iso);
const now = at("2026-11-20T12:04:30Z"); // 13:04:30 in Berlin, a Friday

describe("timeWords", () => {
  test.each([
    ["now for the last second", "2026-11-20T12:04:29.500Z", "now"],
    ["now for a time ahead of this clock", "2026-11-20T12:05:30Z", "now"],
    ["seconds under a minute", "2026-11-20T12:03:49Z", "41 s"],
    ["minutes under an hour", "2026-11-20T12:01:00Z", "3 min"],
    ["the clock from an hour on", "2026-11-20T10:52:00Z", "11:52"],
    ["yesterday from midnight of the zone on", "2026-11-19T22:59:00Z", "yesterday"],
    ["the clock just after midnight of the zone", "2026-11-19T23:01:00Z", "00:01"],
    ["a weekday within the week", "2026-11-16T09:00:00Z", "Mon"],
    ["a date before that", "2026-11-02T09:00:00Z", "2 Nov"],
    ["a date with its year in another year", "2025-11-02T09:00:00Z", "2 Nov 2025"],
  ])("says %s", (_, iso, words) => {
    expect(timeWords(at(iso), { now, zone })).toBe(words);
  });
});

describe("momentWords", () => {
  test.each([
    ["2026-11-20T11:04:00Z", "12:04"],
    ["2026-11-19T21:14:00Z", "yesterday 22:14"],
    ["2026-11-16T08:00:00Z", "Mon 09:00"],
    ["2026-11-02T09:00:00Z", "2 Nov"],
    ["2026-11-21T08:00:00Z", "tomorrow 09:00"],
    ["2026-11-24T08:00:00Z", "24 Nov 09:00"],
  ])("says %s as %s", (iso, words) => {
    expect(momentWords(at(iso), { now, zone })).toBe(words);
  });
});

test.each([
  ["2026-11-19T23:01:00Z", "00:01"],
  ["2026-11-19T21:14:00Z", "19 Nov 22:14"],
  ["2026-10-02T09:00:00Z", "2 Oct 11:00"],
  ["2025-11-02T09:00:00Z", "2 Nov 2025 10:00"],
])("a history says %s as %s, the day never left out", (iso, words) => {
  expect(stampWords(at(iso), { now, zone })).toBe(words);
});

test("the clock is that of the zone", () => {
  expect(clockWords(now, "UTC")).toBe("12:04");
  expect(clockWords(now, "Asia/Tokyo")).toBe("21:04");
});

test.each([
  [4000_000, "1:06:40"],
  [252_000, "4:12"],
  [500, "0:01"],
  [-5000, "0:00"],
])("a countdown of %i ms reads %s", (leftMs, words) => {
  expect(countdownWords(now + leftMs, now)).toBe(words);
});

test("a countdown is spoken in hours and minutes", () => {
  expect(leftWords(now + 66 * 60_000, now)).toBe("1 hour 6 minutes");
  expect(leftWords(now + 60_000, now)).toBe("1 minute");
  expect(leftWords(now - 1, now)).toBe("0 minutes");
});

test.each([
  [0, "0 s"],
  [9_400, "9 s"],
  [108_000, "1 min 48 s"],
  [120_000, "2 min"],
  [(6 * 24 + 4) * 3_600_000 + 59_000, "6 d 4 h"],
])("a duration of %i ms reads %s", (durationMs, words) => {
  expect(durationWords(durationMs)).toBe(words);
});

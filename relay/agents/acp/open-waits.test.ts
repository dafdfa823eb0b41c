import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentEvent } from "../driver.ts";
import type { Ask } from "./asks.ts";
import { OpenWaits } from "./open-waits.ts";

const HOUR_MS = 3_600_000;

let now = 0;
let events: AgentEvent[] = [];
let answers: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  now = 0;
  events = [];
  answers = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const waits = (): OpenWaits => new OpenWaits({ now: () => now, emit: (event) => events.push(event) });
const respond = (result: unknown): void => void answers.push(result);

function limit(until: number): Ask {
  return { kind: "limit", req: "{}", until, onTime: "on time", resultOf: () => "by a person", cancelled: "cancelled" };
}

test("a wait with an end is answered by the clock, not before it", () => {
  waits().add(limit(HOUR_MS), respond);
  now = HOUR_MS - 1;
  vi.advanceTimersByTime(60_000);
  expect(answers).toEqual([]);
  now = HOUR_MS;
  vi.advanceTimersByTime(15_000);
  expect(answers).toEqual(["on time"]);
  expect(events.map(({ type }) => type)).toEqual(["wait", "withdrawn"]);
});

test("a machine that slept past the end notices within seconds of timers", () => {
  waits().add(limit(100 * 24 * HOUR_MS), respond);
  now = 101 * 24 * HOUR_MS;
  vi.advanceTimersByTime(15_000);
  expect(answers).toEqual(["on time"]);
});

test("an end that is past already is answered at once, after the wait was told", () => {
  now = 5;
  waits().add(limit(4), respond);
  expect(answers).toEqual(["on time"]);
  expect(events.map(({ type }) => type)).toEqual(["wait", "withdrawn"]);
});

test("whoever is first wins and stops the clock", () => {
  const open = waits();
  const key = open.add(limit(10), respond);
  open.answer(key, {});
  now = 20;
  vi.advanceTimersByTime(60_000);
  open.withdraw(key);
  open.withdrawAll();
  expect(answers).toEqual(["by a person"]);
  expect(() => open.answer(key, {})).toThrow(expect.objectContaining({ code: "E_RESOLVED" }));
  expect(vi.getTimerCount()).toBe(0);
});

test("keys are never used twice", () => {
  const open = waits();
  const first = open.add(limit(10), respond);
  open.withdrawAll();
  expect(open.add(limit(10), respond)).not.toBe(first);
});

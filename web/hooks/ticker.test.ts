import { expect, test } from "vitest";
import { createTicker } from "./ticker.ts";

function world(start: number) {
  let now = start;
  let isVisible = true;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const watchers = new Set<() => void>();
  return {
    timers,
    clock: {
      wall: () => now,
      monotonic: () => now,
      after: (delayMs: number, run: () => void) => {
        const timer = { at: now + delayMs, run };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
    visibility: {
      isVisible: () => isVisible,
      subscribe: (listener: () => void) => {
        watchers.add(listener);
        return () => void watchers.delete(listener);
      },
    },
    pass: (ms: number) => {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = next.at;
        timers.delete(next);
        next.run();
      }
      now = end;
    },
    show: (next: boolean) => {
      isVisible = next;
      for (const watcher of watchers) watcher();
    },
  };
}

test("ticks at whole periods, whenever it was begun", () => {
  const { clock, visibility, pass } = world(60_500);
  const ticker = createTicker(1000, clock, visibility);
  const seen: number[] = [];
  ticker.subscribe(() => seen.push(ticker.get()));
  pass(1600);
  expect(seen).toEqual([61_000, 62_000]);
});

test("keeps no timer while nobody subscribes", () => {
  const { clock, visibility, timers } = world(0);
  const ticker = createTicker(1000, clock, visibility);
  const stop = ticker.subscribe(() => undefined);
  expect(timers.size).toBe(1);
  stop();
  expect(timers.size).toBe(0);
});

test("sleeps while the page is hidden and is right as soon as it is shown", () => {
  const { clock, visibility, timers, pass, show } = world(0);
  const ticker = createTicker(1000, clock, visibility);
  ticker.subscribe(() => undefined);
  show(false);
  expect(timers.size).toBe(0);
  pass(65_000);
  show(true);
  expect(ticker.get()).toBe(65_000);
});

test("gives its first reader the present, not the last one's", () => {
  const { clock, visibility, pass } = world(0);
  const ticker = createTicker(1000, clock, visibility);
  pass(5000);
  expect(ticker.get()).toBe(5000);
});

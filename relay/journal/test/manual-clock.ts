// A clock that stands still until a test moves it.
import type { Clock } from "../../clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Wall and monotonic time move together, except by `jump`, which moves the wall clock only. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 1000;
  #timers = new Set<Timer>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#monotonic + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Time passes; due timers fire in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now += Math.max(0, due.at - this.#monotonic);
      this.#monotonic = Math.max(this.#monotonic, due.at);
      due.callback();
    }
    this.#now += end - this.#monotonic;
    this.#monotonic = end;
  }

  /** The wall clock is set to another time. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

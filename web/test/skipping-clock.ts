// The real clock, which a test may push forward: everything that became due runs at once.
import { systemClock, type Clock } from "../live/clock.ts";

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

export class SkippingClock implements Clock {
  readonly #real = systemClock();
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;

  readonly wall = (): number => this.#real.wall() + this.#skippedMs;
  readonly monotonic = (): number => this.#real.monotonic() + this.#skippedMs;

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer: Timer = { dueAt: this.monotonic() + delayMs, run: () => fire() };
    const cancelReal = this.#real.after(delayMs, () => fire());
    const cancel = (): void => {
      cancelReal();
      this.#timers.delete(timer);
    };
    const fire = (): void => {
      cancel();
      run();
    };
    this.#timers.add(timer);
    return cancel;
  };

  /** As if so much time had passed, waits included. */
  skip(ms: number): void {
    this.#skippedMs += ms;
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= this.monotonic());
    for (const timer of due.sort((a, b) => a.dueAt - b.dueAt)) if (this.#timers.has(timer)) timer.run();
  }
}

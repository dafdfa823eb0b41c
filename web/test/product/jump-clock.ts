// The system's clock with jumps: a test lets a minute pass in an instant, and every timer of that minute fires in order.
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../live/clock.ts";

/** Time passes in steps of this, so that what one timer causes sees the next in its turn. */
const STEP_MS = 500;

interface Timer {
  readonly at: number;
  readonly run: () => void;
  handle: NodeJS.Timeout;
}

export class JumpClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  #skewMs = 0;

  readonly wall = (): number => Date.now() + this.#aheadMs + this.#skewMs;
  readonly monotonic = (): number => performance.now() + this.#aheadMs;
  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer: Timer = { at: this.monotonic() + delayMs, run, handle: setTimeout(() => this.#fire(timer), delayMs) };
    this.#timers.add(timer);
    return () => this.#drop(timer);
  };

  /** Only the wall clock moves, as when somebody sets it. */
  jump(ms: number): void {
    this.#skewMs += ms;
  }

  /** Wall and monotonic clock go on together, as in life. */
  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#aheadMs += STEP_MS;
      const due = [...this.#timers].filter(({ at }) => at <= this.monotonic()).sort((a, b) => a.at - b.at);
      for (const timer of due) if (this.#timers.has(timer)) this.#fire(timer);
      await turn();
    }
  }

  readonly #fire = (timer: Timer): void => {
    this.#drop(timer);
    timer.run();
  };

  #drop(timer: Timer): void {
    clearTimeout(timer.handle);
    this.#timers.delete(timer);
  }
}

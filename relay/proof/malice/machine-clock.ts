// The real clock of a machine, which a test may set (the wall clock alone) or push forward (timers run).
import { SkippingClock } from "../../../web/test/skipping-clock.ts";
import type { Clock } from "../../clock.ts";

export class MachineClock implements Clock {
  readonly #clock = new SkippingClock();
  #setMs = 0;

  readonly now = (): number => this.#clock.wall() + this.#setMs;
  readonly monotonic = (): number => this.#clock.monotonic();
  readonly setTimer = (callback: () => void, delayMs: number): (() => void) => this.#clock.after(delayMs, callback);

  /** Somebody sets the wall clock; `ms` from the true time. */
  setOff(ms: number): void {
    this.#setMs = ms;
  }

  /** As if so much time had passed: everything due runs. */
  skip(ms: number): void {
    this.#clock.skip(ms);
  }
}

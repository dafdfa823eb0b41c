import { type Clock, systemClock } from "../../clock.ts";

/** Real timers, but long ones fire soon: a clock that is asked again finds the time a test has set. */
export class ShiftedClock implements Clock {
  shiftMs = 0;
  monotonic = (): number => systemClock.monotonic();
  now = (): number => Date.now() + this.shiftMs;
  setTimer = (callback: () => void, delayMs: number): (() => void) =>
    systemClock.setTimer(callback, Math.min(delayMs, 20));
}

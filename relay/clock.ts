// The relay's one view of time and timers; tests pass their own.

/** Wall time, monotonic time, and one kind of timer. */
export interface Clock {
  /** Epoch ms. May jump. */
  now(): number;
  /** ms of a clock that only goes forward and stands still while the machine sleeps (where the system has one). */
  monotonic(): number;
  /** Calls once after `delayMs`; returns the canceller (idempotent). Never keeps the process alive by itself. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

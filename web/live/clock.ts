// The one place of the web app that reads a clock. Rules take times as arguments; shells take this object.

/** Time as the live core sees it. `wall` is epoch ms and may jump; `monotonic` only ever grows (ms since some start). */
export interface Clock {
  readonly wall: () => number;
  readonly monotonic: () => number;
  /** Calls back once after `delayMs`; returns the canceller (idempotent). */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** The platform's clock: browsers, worker threads and Node have the same three. */
export function systemClock(): Clock {
  return {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

// Waiting with an end. Timers here are for things that answer in seconds; nothing of them must survive sleep.
import { setTimeout as delay } from "node:timers/promises";

/** The work's result, or what `onLate` makes, thrown after `timeoutMs`. The work itself goes on. */
export async function within<T>(work: Promise<T>, timeoutMs: number, onLate: () => Error): Promise<T> {
  const stop = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: stop.signal }).then(() => {
    throw onLate();
  });
  // Aborting the timer rejects it after the race is over; that rejection says nothing.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}

/** True when `promise` fulfilled in time; its rejection passes through. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const stop = new AbortController();
  const late = delay(timeoutMs, false, { signal: stop.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop.abort();
  }
}

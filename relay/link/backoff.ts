// How long to wait before the next attempt (protocol section 12, Connection).
import {
  BACKOFF_BASE_MS,
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  BACKOFF_SPREAD_MS,
  ATTEMPT_GAP_MS,
} from "../../schema/index.ts";

/** Closes that hit many clients at once: restart, network gone, deploy. */
const SPREAD_CLOSES: ReadonlySet<number> = new Set([1001, 1006, 1012]);

/** What is known when a connection was lost or an attempt failed. */
export interface Failure {
  /** Attempts since the last connection that lived long enough; 0 for the first. */
  readonly attempt: number;
  /** Close code of the socket; null when it never opened. */
  readonly closeCode: number | null;
  readonly now: number;
  /** When the last attempt began. */
  readonly attemptedAt: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** Epoch ms of the next attempt, never within ATTEMPT_GAP_MS of the last one. */
export function nextAttemptAt(failure: Failure): number {
  const earliest = failure.attemptedAt + ATTEMPT_GAP_MS;
  return Math.max(earliest, failure.now + failure.random * spreadMs(failure));
}

function spreadMs({ attempt, closeCode }: Failure): number {
  if (attempt > 0) return Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
  return closeCode !== null && SPREAD_CLOSES.has(closeCode) ? BACKOFF_SPREAD_MS : BACKOFF_FIRST_MS;
}

// When to try again (protocol section 12). Pure: the caller passes randomness and times.
import {
  ATTEMPT_GAP_MS,
  BACKOFF_BASE_MS,
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  BACKOFF_SPREAD_MS,
} from "../../schema/index.ts";

/** Close codes that reach many clients at once: a deploy, a restart, a lost network. */
const SPREAD_CODES: ReadonlySet<number> = new Set([1001, 1006, 1012]);
const AGE = 4410;

/** Why and after how much trouble a new attempt is due. */
export interface Retry {
  /** Failed attempts in a row before this one. */
  readonly attempt: number;
  /** How the last connection ended; null when none was made. */
  readonly closeCode: number | null;
  /** Ms since the last attempt began; null before the first. */
  readonly sinceLastAttemptMs: number | null;
  /** The hub said when it comes back. */
  readonly toldMs?: number;
}

/** Ms until the next attempt. `random` is uniform in [0, 1). */
export function retryDelayMs(retry: Retry, random: number): number {
  if (retry.attempt === 0 && retry.closeCode === AGE) return 0;
  const wish = (retry.toldMs ?? 0) + random * rangeMs(retry);
  const gap = retry.sinceLastAttemptMs === null ? 0 : ATTEMPT_GAP_MS - retry.sinceLastAttemptMs;
  return Math.max(wish, gap, 0);
}

function rangeMs({ attempt, closeCode }: Retry): number {
  if (attempt === 0) return closeCode !== null && SPREAD_CODES.has(closeCode) ? BACKOFF_SPREAD_MS : BACKOFF_FIRST_MS;
  return Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
}

// The replay window: which of the last CTR_WINDOW counters of a device were used. Pure; the bitmap is the caller's.
import { CTR_WINDOW, type Bytes } from "../../schema/index.ts";

/** Highest counter seen, and one bit per counter modulo CTR_WINDOW. */
export interface ReplayWindow {
  readonly hi: number;
  readonly bits: Bytes;
}

/** A window that has seen nothing. */
export const EMPTY_WINDOW: ReplayWindow = { hi: 0, bits: new Uint8Array(CTR_WINDOW / 8) };

/** True when the counter is below the window, or marked: whatever it named is over. Counters start at 1. */
export function isUsed({ hi, bits }: ReplayWindow, ctr: number): boolean {
  if (ctr < 1 || ctr <= hi - CTR_WINDOW) return true;
  if (ctr > hi) return false;
  const bit = ctr % CTR_WINDOW;
  return ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

/** The window with this counter marked; bits of counters that fall out of it are cleared. */
export function marked({ hi, bits }: ReplayWindow, ctr: number): ReplayWindow {
  const next = bits.slice();
  if (ctr - hi >= CTR_WINDOW) next.fill(0);
  else for (let passed = hi + 1; passed < ctr; passed++) clear(next, passed % CTR_WINDOW);
  const bit = ctr % CTR_WINDOW;
  next[bit >> 3] = (next[bit >> 3] ?? 0) | (1 << (bit & 7));
  return { hi: Math.max(hi, ctr), bits: next };
}

function clear(bits: Bytes, bit: number): void {
  bits[bit >> 3] = (bits[bit >> 3] ?? 0) & ~(1 << (bit & 7));
}

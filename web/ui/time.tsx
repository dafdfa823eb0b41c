import type { ReactNode } from "react";
import type { Clock } from "./time-words.ts";
import { timeWords } from "./time-words.ts";

/** "41 s", "3 min", then the clock; the exact moment is in `dateTime`. Epoch ms. */
export function Time({ at, clock }: { at: number; clock: Clock }): ReactNode {
  return (
    <time className="num" dateTime={new Date(at).toISOString()}>
      {timeWords(at, clock)}
    </time>
  );
}

import type { ReactNode } from "react";
import type { Liveness } from "./live-words.ts";
import { liveGlyph, liveWords } from "./live-words.ts";
import { StateGlyph } from "./state-glyph.tsx";
import type { Clock } from "./time-words.ts";

/** A machine's liveness as a shape and its words. */
export function LiveDot({ liveness, clock }: { liveness: Liveness; clock: Clock }): ReactNode {
  return (
    <>
      <StateGlyph state={liveGlyph(liveness)} label={null} />
      <b>{liveWords(liveness, clock)}</b>
    </>
  );
}

import type { ReactNode } from "react";
import type { LiveFacts } from "./live-words.ts";
import { liveGlyph, liveWords } from "./live-words.ts";
import { StateGlyph } from "./state-glyph.tsx";
import type { Clock } from "./time-words.ts";

/** A machine's liveness as a shape and its words. */
export function LiveDot({ facts, clock }: { facts: LiveFacts; clock: Clock }): ReactNode {
  return (
    <>
      <StateGlyph state={liveGlyph(facts)} label={null} />
      <b>{liveWords(facts, clock)}</b>
    </>
  );
}

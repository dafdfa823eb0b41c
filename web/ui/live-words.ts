import type { Alarm, Liveness } from "../live/model.ts";
import type { GlyphState } from "./state-glyph.tsx";
import type { Clock } from "./time-words.ts";
import { momentWords } from "./time-words.ts";

/** A machine's liveness with the one alarm that explains a silence. */
export interface LiveFacts {
  readonly liveness: Liveness;
  readonly alarm?: Alarm | null | undefined;
}

/** The shape for a liveness. */
export function liveGlyph({ liveness, alarm }: LiveFacts): GlyphState {
  if (liveness.status === "live" || liveness.status === "confirming") return liveness.status;
  return alarm?.kind === "relay-absent" ? "trouble" : "asleep";
}

/** "live", "confirming", "last confirmed 12:04", "relay gone since 09:12", "never confirmed". */
export function liveWords({ liveness, alarm }: LiveFacts, clock: Clock): string {
  if (liveness.status === "live" || liveness.status === "confirming") return liveness.status;
  if (alarm?.kind === "relay-absent") return `relay gone since ${momentWords(alarm.since, clock)}`;
  if (liveness.confirmedAt === null) return "never confirmed";
  return `last confirmed ${momentWords(liveness.confirmedAt, clock)}`;
}

import type { GlyphState } from "./state-glyph.tsx";
import type { Clock } from "./time-words.ts";
import { momentWords } from "./time-words.ts";

/** How sure we are that a machine is there. `live` is proven seconds ago; everything else says when it last was. */
export type Liveness =
  | { readonly live: "live" }
  | { readonly live: "confirming" }
  | { readonly live: "stale"; readonly confirmedAt: number | null; readonly reason?: LiveReason | undefined }
  | { readonly live: "offline"; readonly confirmedAt: number | null; readonly reason?: LiveReason | undefined };

/** Why a machine is not live, when it is known. */
export type LiveReason = "asleep" | "relay-stopped";

/** The shape for a liveness. */
export function liveGlyph(liveness: Liveness): GlyphState {
  if (liveness.live === "live" || liveness.live === "confirming") return liveness.live;
  return liveness.reason === "relay-stopped" ? "trouble" : "asleep";
}

/** "live", "confirming", "last confirmed 12:04", "asleep since 11:40", "relay stopped 09:12", "never seen". */
export function liveWords(liveness: Liveness, clock: Clock): string {
  if (liveness.live === "live" || liveness.live === "confirming") return liveness.live;
  if (liveness.confirmedAt === null) return "never seen";
  const when = momentWords(liveness.confirmedAt, clock);
  if (liveness.reason === "asleep") return `asleep since ${when}`;
  if (liveness.reason === "relay-stopped") return `relay stopped ${when}`;
  return `last confirmed ${when}`;
}

// How proven the view of a machine is (protocol section 9). Pure: monotonic times are arguments.
import { LIVE_MS } from "../../schema/index.ts";
import type { LinkState } from "./link-state.ts";
import type { Liveness } from "./model.ts";

/** A fresh connection gets this long to be confirmed before the view calls itself stale. */
const CONFIRM_MS = 8000;
/** A relay that restarts is back within this; only then its absence is an alarm. */
export const ABSENT_MS = 4000;

/** A nonce that was sent, and when (monotonic). */
interface SentNonce {
  readonly nonce: string;
  readonly at: number;
}

export interface Proofs {
  /** Newest first; only these two count. */
  readonly sent: readonly SentNonce[];
  /** Monotonic time of the last proof; null before one in this life of the page. */
  readonly provenAt: number | null;
  /** Device time of the last proof, also of earlier lives. */
  readonly confirmedAt: number | null;
  readonly roundTripMs: number | null;
}

export const NO_PROOF: Proofs = { sent: [], provenAt: null, confirmedAt: null, roundTripMs: null };

/** A new nonce went out: it and the one before it count from now on. */
export function nonceSent(proofs: Proofs, nonce: string, now: number): Proofs {
  return { ...proofs, sent: [{ nonce, at: now }, ...proofs.sent].slice(0, 2) };
}

/** The nonces of a broken connection prove nothing about the next. */
export function connectionLost(proofs: Proofs): Proofs {
  return { ...proofs, sent: [] };
}

/** A valid beacon echoed these nonces for this device; null when none of them is the newest or the previous. */
export function echoed(proofs: Proofs, echoes: ReadonlySet<string>, now: number, wall: number): Proofs | null {
  const match = proofs.sent.find(({ nonce }) => echoes.has(nonce));
  if (match === undefined) return null;
  // A beacon repeats the nonces it has: only the first echo of one says how long the way is.
  const isFirst = proofs.provenAt === null || proofs.provenAt < match.at;
  return { ...proofs, provenAt: now, confirmedAt: wall, roundTripMs: isFirst ? now - match.at : proofs.roundTripMs };
}

export interface Times {
  readonly monotonic: number;
  readonly wall: number;
}

/** What `data-live` says. */
export function livenessOf(proofs: Proofs, link: LinkState, now: Times): Liveness {
  const { phase } = link;
  const toWall = (monotonic: number): number => now.wall + (monotonic - now.monotonic);
  switch (phase.status) {
    case "online": {
      const { provenAt } = proofs;
      if (provenAt !== null && now.monotonic - provenAt <= LIVE_MS && provenAt >= phase.since) {
        const { roundTripMs } = proofs;
        return { status: "live", provenAt: toWall(provenAt), ...(roundTripMs === null ? {} : { roundTripMs }) };
      }
      if (phase.relay === "on" && now.monotonic - phase.since < CONFIRM_MS) {
        return { status: "confirming", since: toWall(phase.since) };
      }
      return { status: "stale", confirmedAt: proofs.confirmedAt };
    }
    case "dialling":
    case "greeting":
      if (phase.attempt === 0 && link.lastAttemptAt !== null) {
        return { status: "confirming", since: toWall(link.lastAttemptAt) };
      }
      return { status: "offline", confirmedAt: proofs.confirmedAt, retryAt: null, attempt: phase.attempt };
    case "waiting":
      return {
        status: "offline",
        confirmedAt: proofs.confirmedAt,
        retryAt: toWall(phase.retryAt),
        attempt: phase.attempt,
      };
    case "resting":
      return { status: "offline", confirmedAt: proofs.confirmedAt, retryAt: null, attempt: phase.attempt };
    case "refused":
      return { status: "offline", confirmedAt: proofs.confirmedAt, retryAt: null, attempt: 0 };
  }
}

/** Monotonic time at which `livenessOf` may answer differently without any event; null when it cannot. */
export function livenessDeadline(proofs: Proofs, link: LinkState, now: number): number | null {
  if (link.phase.status !== "online") return null;
  const { since } = link.phase;
  const times = [since + CONFIRM_MS, since + ABSENT_MS];
  if (proofs.provenAt !== null) times.push(proofs.provenAt + LIVE_MS + 1);
  const coming = times.filter((time) => time > now);
  return coming.length === 0 ? null : Math.min(...coming);
}

const RANK = { live: 0, confirming: 1, stale: 2, offline: 3 } as const satisfies Record<Liveness["status"], number>;

/** The worst of several, for the app's root; "offline" with none. */
export function worstLiveness(all: readonly Liveness["status"][]): Liveness["status"] {
  return all.toSorted((a, b) => RANK[b] - RANK[a])[0] ?? "offline";
}

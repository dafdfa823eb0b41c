// A session's state: facts, events, and the one pure transition between them. The status is computed, never stored.
import { assertNever } from "./errors.ts";
import type { WaitId } from "./ids.ts";

export const SESSION_STATUSES = ["starting", "idle", "running", "waiting", "ended", "interrupted"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** What is true of a session. A turn and open waits exist only while its agent is up. */
export type SessionFacts =
  | { readonly agent: "starting" }
  | { readonly agent: "up"; readonly turn: number | null; readonly waits: readonly WaitId[] }
  | { readonly agent: "down"; readonly why: "ended" | "interrupted" };

/** What happens to a session. */
export type SessionEvent =
  | { readonly type: "agent-ready" }
  | { readonly type: "turn-started"; readonly turn: number }
  | { readonly type: "turn-ended" }
  | { readonly type: "wait-opened"; readonly wid: WaitId }
  | { readonly type: "wait-closed"; readonly wid: WaitId }
  /** The agent is gone and nobody asked for it: it died, or the relay did. */
  | { readonly type: "agent-lost" }
  /** Stopped on purpose. */
  | { readonly type: "stopped" }
  | { readonly type: "resumed" };

/** A session begins by starting its agent. */
export const FIRST_FACTS: SessionFacts = { agent: "starting" };

/** The facts after an event; an event that makes no sense in a state leaves the facts unchanged (same object). */
export function nextFacts(facts: SessionFacts, event: SessionEvent): SessionFacts {
  switch (event.type) {
    case "agent-ready":
      return facts.agent === "starting" ? { agent: "up", turn: null, waits: [] } : facts;
    case "turn-started":
      return facts.agent === "up" && facts.turn === null ? { ...facts, turn: event.turn } : facts;
    case "turn-ended":
      return facts.agent === "up" && facts.turn !== null ? { ...facts, turn: null, waits: [] } : facts;
    case "wait-opened":
      return facts.agent === "up" && !facts.waits.includes(event.wid)
        ? { ...facts, waits: [...facts.waits, event.wid] }
        : facts;
    case "wait-closed":
      return facts.agent === "up" && facts.waits.includes(event.wid)
        ? { ...facts, waits: facts.waits.filter((wid) => wid !== event.wid) }
        : facts;
    case "agent-lost":
      return facts.agent === "down" ? facts : { agent: "down", why: "interrupted" };
    case "stopped":
      return facts.agent === "down" && facts.why === "ended" ? facts : { agent: "down", why: "ended" };
    case "resumed":
      return facts.agent === "down" ? { agent: "starting" } : facts;
    default:
      return assertNever(event);
  }
}

/** The one word for these facts. A wait outranks a turn: what needs a person comes first. */
export function statusOf(facts: SessionFacts): SessionStatus {
  switch (facts.agent) {
    case "starting":
      return "starting";
    case "up":
      if (facts.waits.length > 0) return "waiting";
      return facts.turn === null ? "idle" : "running";
    case "down":
      return facts.why;
    default:
      return assertNever(facts);
  }
}

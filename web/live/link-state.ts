// The link's state and its one pure transition (protocol section 12). Times are monotonic ms; no socket in here.
import {
  assertNever,
  AUTH_WITHIN_MS,
  CLOSE,
  PING_MS,
  PROBE_AFTER_MS,
  PROBE_WAIT_MS,
  SILENCE_MS,
  UP_RESETS_BACKOFF_MS,
  type ErrorCode,
} from "../../schema/index.ts";
import { retryDelayMs } from "./reconnect.ts";

/** Token and upgrade together; a network that swallows packets would otherwise hold an attempt for minutes. */
const DIAL_WITHIN_MS = 15_000;

export type LinkPhase =
  /** Hidden, or the browser knows of no network: nothing is tried. */
  | { readonly status: "resting"; readonly attempt: number }
  | { readonly status: "waiting"; readonly attempt: number; readonly retryAt: number }
  | { readonly status: "dialling"; readonly attempt: number; readonly giveUpAt: number }
  /** The socket is open; the hub has to say hello and then ready. */
  | { readonly status: "greeting"; readonly attempt: number; readonly giveUpAt: number }
  | {
      readonly status: "online";
      readonly attempt: number;
      readonly since: number;
      readonly relay: "on" | "off";
      readonly lastByteAt: number;
      readonly lastPingAt: number;
      /** A probe is out: a byte must come by then. */
      readonly probeBy: number | null;
    }
  /** Revoked, or this identity is in use elsewhere: only the person starts it again. */
  | { readonly status: "refused"; readonly code: ErrorCode };

export interface LinkState {
  readonly phase: LinkPhase;
  readonly visible: boolean;
  readonly online: boolean;
  readonly lastAttemptAt: number | null;
}

export type LinkEvent =
  /** The person, the network's return, or the first start asks. */
  | { readonly type: "asked" }
  | { readonly type: "page"; readonly visible: boolean; readonly online: boolean }
  | { readonly type: "opened" }
  | { readonly type: "ready"; readonly relay: "on" | "off" }
  | { readonly type: "bytes" }
  | { readonly type: "going"; readonly afterMs: number }
  | { readonly type: "closed"; readonly code: number | null }
  | { readonly type: "tick" };

export type LinkEffect = "dial" | "drop" | "ping" | "forget-token";

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

export const FIRST_LINK: LinkState = {
  phase: { status: "resting", attempt: 0 },
  visible: true,
  online: true,
  lastAttemptAt: null,
};

/** The state after an event. `random` is uniform in [0, 1) and used at most once. */
export function nextLink(state: LinkState, event: LinkEvent, now: number, random: number): LinkStep {
  switch (event.type) {
    case "asked":
      return asked(state, now);
    case "page":
      return pageChanged({ ...state, visible: event.visible, online: event.online }, state, now);
    case "opened":
      if (state.phase.status !== "dialling") return stay(state);
      return go(state, { status: "greeting", attempt: state.phase.attempt, giveUpAt: now + AUTH_WITHIN_MS });
    case "ready":
      return becameReady(state, event.relay, now);
    case "bytes":
      if (state.phase.status !== "online") return stay(state);
      return go(state, { ...state.phase, lastByteAt: now, probeBy: null });
    case "going":
      return lost(state, { closeCode: 1012, toldMs: event.afterMs }, now, random, ["drop"]);
    case "closed":
      return closed(state, event.code, now, random);
    case "tick":
      return tick(state, now, random);
    default:
      return assertNever(event);
  }
}

/** When `tick` has something to do next; null when nothing is due. */
export function linkDeadline({ phase }: LinkState): number | null {
  switch (phase.status) {
    case "resting":
    case "refused":
      return null;
    case "waiting":
      return phase.retryAt;
    case "dialling":
    case "greeting":
      return phase.giveUpAt;
    case "online":
      return Math.min(phase.lastByteAt + SILENCE_MS, phase.lastPingAt + PING_MS, phase.probeBy ?? Infinity);
    default:
      return assertNever(phase);
  }
}

const stay = (state: LinkState): LinkStep => ({ state, effects: [] });
const go = (state: LinkState, phase: LinkPhase, effects: readonly LinkEffect[] = []): LinkStep => ({
  state: { ...state, phase },
  effects,
});

function dial(state: LinkState, attempt: number, now: number): LinkStep {
  const phase = { status: "dialling", attempt, giveUpAt: now + DIAL_WITHIN_MS } as const;
  return { state: { ...state, phase, lastAttemptAt: now }, effects: ["dial"] };
}

function asked(state: LinkState, now: number): LinkStep {
  const { phase } = state;
  switch (phase.status) {
    case "resting":
    case "waiting":
      return dial(state, phase.attempt, now);
    case "refused":
      return dial(state, 0, now);
    case "online":
      return probe(state, phase, now);
    case "dialling":
    case "greeting":
      return stay(state);
    default:
      return assertNever(phase);
  }
}

function probe(state: LinkState, phase: Extract<LinkPhase, { status: "online" }>, now: number): LinkStep {
  if (now - phase.lastByteAt <= PROBE_AFTER_MS || phase.probeBy !== null) return stay(state);
  return go(state, { ...phase, lastPingAt: now, probeBy: now + PROBE_WAIT_MS }, ["ping"]);
}

function pageChanged(state: LinkState, before: LinkState, now: number): LinkStep {
  const isBack = state.visible && state.online;
  const { phase } = state;
  if (phase.status === "refused") return stay(state);
  if (isBack) {
    const isNews = !before.visible || !before.online;
    return isNews || phase.status === "online" || phase.status === "resting" ? asked(state, now) : stay(state);
  }
  return phase.status === "waiting" ? go(state, { status: "resting", attempt: phase.attempt }) : stay(state);
}

function becameReady(state: LinkState, relay: "on" | "off", now: number): LinkStep {
  const { phase } = state;
  if (phase.status === "online") return go(state, { ...phase, relay });
  if (phase.status !== "greeting") return stay(state);
  const { attempt } = phase;
  return go(state, { status: "online", attempt, since: now, relay, lastByteAt: now, lastPingAt: now, probeBy: null });
}

function closed(state: LinkState, code: number | null, now: number, random: number): LinkStep {
  const { status } = state.phase;
  if (code === CLOSE.revoked || code === CLOSE.replaced) {
    return go(state, { status: "refused", code: code === CLOSE.revoked ? "E_REVOKED" : "E_AUTH" });
  }
  // A browser cannot say why an upgrade failed; a token the Worker no longer takes is the likely reason.
  const isTokenSuspect = code === CLOSE.auth || status === "dialling";
  return lost(state, { closeCode: code }, now, random, isTokenSuspect ? ["forget-token"] : []);
}

interface Loss {
  readonly closeCode: number | null;
  readonly toldMs?: number;
}

function lost(
  state: LinkState,
  loss: Loss,
  now: number,
  random: number,
  effects: readonly LinkEffect[] = [],
): LinkStep {
  const { phase } = state;
  if (phase.status === "resting" || phase.status === "waiting" || phase.status === "refused") return stay(state);
  const wasLong = phase.status === "online" && now - phase.since >= UP_RESETS_BACKOFF_MS;
  const failed = phase.status === "online" && phase.attempt === 0 && now - phase.since > 1000 ? 0 : phase.attempt + 1;
  const attempt = wasLong ? 0 : failed;
  if (!state.visible || !state.online) return go(state, { status: "resting", attempt }, effects);
  const sinceLastAttemptMs = state.lastAttemptAt === null ? null : now - state.lastAttemptAt;
  const delayMs = retryDelayMs({ attempt, sinceLastAttemptMs, ...loss }, random);
  return go(state, { status: "waiting", attempt, retryAt: now + delayMs }, effects);
}

function tick(state: LinkState, now: number, random: number): LinkStep {
  const { phase } = state;
  switch (phase.status) {
    case "resting":
    case "refused":
      return stay(state);
    case "waiting":
      return now >= phase.retryAt ? dial(state, phase.attempt, now) : stay(state);
    case "dialling":
    case "greeting":
      return now >= phase.giveUpAt ? lost(state, { closeCode: null }, now, random, ["drop"]) : stay(state);
    case "online": {
      const isDead = now - phase.lastByteAt >= SILENCE_MS || (phase.probeBy !== null && now >= phase.probeBy);
      if (isDead) return lost(state, { closeCode: 1006 }, now, random, ["drop"]);
      if (now - phase.lastPingAt >= PING_MS) return go(state, { ...phase, lastPingAt: now }, ["ping"]);
      return stay(state);
    }
    default:
      return assertNever(phase);
  }
}

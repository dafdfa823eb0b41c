// The connection out, as a pure machine: states hold only what is true in them, effects are data, time is an argument.
import {
  assertNever,
  AUTH_WITHIN_MS,
  CLOSE,
  PING_MS,
  REPLACED_TIMES,
  REPLACED_WINDOW_MS,
  SILENCE_MS,
  UP_RESETS_BACKOFF_MS,
} from "../../schema/index.ts";
import { nextAttemptAt } from "./backoff.ts";

/** Why the link gave up for good. */
export type RefusalCode = "revoked" | "identity-in-use";

interface Between {
  /** Attempts since the link was last up for long. */
  readonly attempt: number;
  /** When the last attempt began, epoch ms. */
  readonly attemptedAt: number;
  /** When a newer relay of this identity took over, epoch ms, within REPLACED_WINDOW_MS. */
  readonly replacedAt: readonly number[];
}

export type LinkState =
  | (Between & { readonly status: "waiting"; readonly retryAt: number })
  /** Token and socket under way. */
  | (Between & { readonly status: "dialling"; readonly giveUpAt: number })
  /** Socket open, proof under way. */
  | (Between & { readonly status: "greeting"; readonly giveUpAt: number })
  | (Between & { readonly status: "online"; readonly since: number; readonly heardAt: number; readonly pingAt: number })
  | { readonly status: "refused"; readonly code: RefusalCode }
  | { readonly status: "stopped" };

export type LinkEvent =
  | { readonly type: "opened" }
  | { readonly type: "ready" }
  | { readonly type: "heard" }
  /** The socket closed, or the attempt failed (code null). `random` in [0, 1) spreads the next one. */
  | { readonly type: "lost"; readonly closeCode: number | null; readonly random: number }
  /** The machine slept, or the network changed. */
  | { readonly type: "woke"; readonly random: number }
  | { readonly type: "tick"; readonly random: number }
  | { readonly type: "stop" };

export type LinkEffect = { readonly do: "dial" } | { readonly do: "ping" } | { readonly do: "drop" };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

/** A link that dials on its first tick. */
export function firstState(now: number): LinkState {
  return { status: "waiting", attempt: 0, attemptedAt: Number.NEGATIVE_INFINITY, replacedAt: [], retryAt: now };
}

/** The next state and what to do. An event that makes no sense in a state changes nothing. */
export function nextLink(state: LinkState, event: LinkEvent, now: number): LinkStep {
  if (state.status === "stopped" || state.status === "refused") return { state, effects: [] };
  switch (event.type) {
    case "stop":
      return { state: { status: "stopped" }, effects: state.status === "waiting" ? [] : [{ do: "drop" }] };
    case "opened":
      return state.status === "dialling" ? only({ ...state, status: "greeting" }) : only(state);
    case "ready":
      return state.status === "greeting"
        ? only({ ...between(state), status: "online", since: now, heardAt: now, pingAt: now + PING_MS })
        : only(state);
    case "heard":
      return state.status === "online" ? only({ ...state, heardAt: now }) : only(state);
    case "lost":
      return state.status === "waiting" ? only(state) : lost(state, event, now);
    case "woke":
      // Its deadlines are by the clock that jumped: an attempt under way might wait a day for its end.
      return state.status === "waiting" ? dial(state, now) : redial(state, now);
    case "tick":
      return tick(state, event.random, now);
    default:
      return assertNever(event);
  }
}

/** When `tick` is next due, epoch ms; null when never. */
export function deadlineOf(state: LinkState): number | null {
  switch (state.status) {
    case "waiting":
      return state.retryAt;
    case "dialling":
    case "greeting":
      return state.giveUpAt;
    case "online":
      return Math.min(state.pingAt, state.heardAt + SILENCE_MS);
    case "refused":
    case "stopped":
      return null;
    default:
      return assertNever(state);
  }
}

type Alive = Exclude<LinkState, { status: "refused" | "stopped" }>;

function tick(state: Alive, random: number, now: number): LinkStep {
  const due = deadlineOf(state);
  if (due === null || now < due) return only(state);
  if (state.status === "waiting") return dial(state, now);
  if (state.status === "online" && now < state.heardAt + SILENCE_MS) {
    return { state: { ...state, pingAt: now + PING_MS }, effects: [{ do: "ping" }] };
  }
  const step = lost(state, { closeCode: null, random }, now);
  return { state: step.state, effects: [{ do: "drop" }, ...step.effects] };
}

function lost(state: Alive, event: { closeCode: number | null; random: number }, now: number): LinkStep {
  const { closeCode, random } = event;
  if (closeCode === CLOSE.revoked) return only({ status: "refused", code: "revoked" });
  const recent = state.replacedAt.filter((at) => now - at < REPLACED_WINDOW_MS);
  const replacedAt = closeCode === CLOSE.replaced ? [...recent, now] : recent;
  if (replacedAt.length >= REPLACED_TIMES) return only({ status: "refused", code: "identity-in-use" });
  const lived = state.status === "online" && now - state.since >= UP_RESETS_BACKOFF_MS;
  const planned = closeCode === CLOSE.age;
  const attempt = lived || planned || state.status === "online" ? 0 : state.attempt;
  const retryAt = planned ? now : nextAttemptAt({ attempt, closeCode, now, attemptedAt: state.attemptedAt, random });
  // A connection that did not live long counts as an attempt, so that a flapping hub is not hammered.
  const counted = lived || planned ? 0 : state.attempt + 1;
  return only({ status: "waiting", attempt: counted, attemptedAt: state.attemptedAt, replacedAt, retryAt });
}

function dial(state: Alive, now: number): LinkStep {
  const next: LinkState = { ...between(state), status: "dialling", attemptedAt: now, giveUpAt: now + AUTH_WITHIN_MS };
  return { state: next, effects: [{ do: "dial" }] };
}

function redial(state: Alive, now: number): LinkStep {
  const step = dial(state, now);
  return { state: step.state, effects: [{ do: "drop" }, ...step.effects] };
}

function between({ attempt, attemptedAt, replacedAt }: Alive): Between {
  return { attempt, attemptedAt, replacedAt };
}

function only(state: LinkState): LinkStep {
  return { state, effects: [] };
}

// The life of one invitation: a pure transition (protocol section 5). Frames appear here only as their hash and verdict.
import { assertNever, PAIR_CONFIRM_MS, PAIR_TRIES, type Hash } from "../../schema/index.ts";

/** Where an invitation stands; times are epoch ms. `first` and `third` name the PAIR1 and PAIR3 it is bound to. */
export type PairState =
  | { readonly status: "open"; readonly exp: number }
  | { readonly status: "committed"; readonly exp: number; readonly first: Hash }
  | {
      readonly status: "confirm";
      readonly exp: number;
      readonly first: Hash;
      readonly third: Hash;
      readonly until: number;
      readonly triesLeft: number;
    }
  | { readonly status: "pending"; readonly exp: number; readonly first: Hash; readonly third: Hash }
  | { readonly status: "closed"; readonly exp: number; readonly why: "aborted" | "expired" | "cancelled" };

/** What happens to it. A frame counts only when it opened under the link's key; `isValid` = shape, hashes, signature. */
export type PairInput =
  | { readonly type: "pair1"; readonly hash: Hash; readonly isValid: boolean }
  | { readonly type: "pair3"; readonly hash: Hash; readonly isValid: boolean }
  | { readonly type: "code"; readonly isRight: boolean }
  | { readonly type: "cancel" }
  | { readonly type: "tick" };

/** What the shell does about it. */
export type PairEffect =
  /** Answer with a fresh PAIR2. */
  | "commit"
  /** The identical frame came again: the identical answer. */
  | "repeat"
  /** A person must type the digits. */
  | "ask"
  /** The device is trusted: store it, answer with PAIR4. */
  | "admit"
  | "wrong-code"
  | "abort"
  | "expire"
  | "cancel"
  | "ignore";

interface Step {
  readonly state: PairState;
  readonly effect: PairEffect;
}

/** How this Worker pairs, and when. */
export interface PairRules {
  readonly now: number;
  /** False only on the machine's own Worker: the link alone admits. */
  readonly digits: boolean;
}

/** The next state and the one thing to do. An input that makes no sense in a state changes nothing. */
export function nextPair(state: PairState, input: PairInput, rules: PairRules): Step {
  const ignore: Step = { state, effect: "ignore" };
  if (state.status === "closed") return ignore;
  const isLate = state.status !== "pending" && rules.now >= deadlineOf(state);
  if (isLate) return closed(state, "expired", "expire");
  switch (input.type) {
    case "pair1":
      return onPair1(state, input);
    case "pair3":
      return onPair3(state, input, rules);
    case "code":
      return onCode(state, input.isRight);
    case "cancel":
      return state.status === "pending" ? ignore : closed(state, "cancelled", "cancel");
    case "tick":
      return ignore;
    default:
      return assertNever(input);
  }
}

/** When a person or device is too late, epoch ms. */
export function deadlineOf(state: PairState): number {
  return state.status === "confirm" ? state.until : state.exp;
}

function closed(state: PairState, why: "aborted" | "expired" | "cancelled", effect: PairEffect): Step {
  return { state: { status: "closed", exp: state.exp, why }, effect };
}

function onPair1(state: PairState, input: PairInput & { type: "pair1" }): Step {
  switch (state.status) {
    case "open":
      if (!input.isValid) return closed(state, "aborted", "abort");
      return { state: { status: "committed", exp: state.exp, first: input.hash }, effect: "commit" };
    case "committed":
    case "confirm":
      // Two holders of one link: whoever of them is the thief, neither gets in.
      return input.hash === state.first ? { state, effect: "repeat" } : closed(state, "aborted", "abort");
    case "pending":
      return { state, effect: input.hash === state.first ? "repeat" : "ignore" };
    case "closed":
      return { state, effect: "ignore" };
    default:
      return assertNever(state);
  }
}

function onPair3(state: PairState, input: PairInput & { type: "pair3" }, rules: PairRules): Step {
  switch (state.status) {
    case "open":
    case "closed":
      return { state, effect: "ignore" };
    case "committed": {
      if (!input.isValid) return closed(state, "aborted", "abort");
      const { exp, first } = state;
      const third = input.hash;
      if (!rules.digits) return { state: { status: "pending", exp, first, third }, effect: "admit" };
      const until = rules.now + PAIR_CONFIRM_MS;
      return { state: { status: "confirm", exp, first, third, until, triesLeft: PAIR_TRIES }, effect: "ask" };
    }
    case "confirm":
      return input.hash === state.third ? { state, effect: "repeat" } : closed(state, "aborted", "abort");
    case "pending":
      return { state, effect: input.hash === state.third ? "repeat" : "ignore" };
    default:
      return assertNever(state);
  }
}

function onCode(state: PairState, isRight: boolean): Step {
  if (state.status !== "confirm") return { state, effect: "ignore" };
  const { exp, first, third } = state;
  if (isRight) return { state: { status: "pending", exp, first, third }, effect: "admit" };
  const triesLeft = state.triesLeft - 1;
  if (triesLeft === 0) return closed(state, "aborted", "abort");
  return { state: { ...state, triesLeft }, effect: "wrong-code" };
}

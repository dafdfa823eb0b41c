// Every state of an invitation against every input, then random inputs against what must always hold.
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashFromBytes, PAIR_CONFIRM_MS, PAIR_TRIES, type Hash } from "../../schema/index.ts";
import { nextPair, type PairEffect, type PairInput, type PairState } from "./pairing-state.ts";

const [A, B, C, D]: Hash[] = [1, 2, 3, 4].map((fill) => hashFromBytes(new Uint8Array(32).fill(fill)));
if (A === undefined || B === undefined || C === undefined || D === undefined) throw new Error("four hashes");
const NOW = 1000;
const EXP = 5000;

const STATES = {
  open: { status: "open", exp: EXP },
  committed: { status: "committed", exp: EXP, first: A },
  confirm: { status: "confirm", exp: EXP, first: A, third: C, until: 9000, triesLeft: 2 },
  lastTry: { status: "confirm", exp: EXP, first: A, third: C, until: 9000, triesLeft: 1 },
  pending: { status: "pending", exp: EXP, first: A, third: C },
  closed: { status: "closed", exp: EXP, why: "aborted" },
} as const satisfies Record<string, PairState>;

const INPUTS = {
  pair1: { type: "pair1", hash: A, isValid: true },
  otherPair1: { type: "pair1", hash: B, isValid: true },
  badPair1: { type: "pair1", hash: B, isValid: false },
  pair3: { type: "pair3", hash: C, isValid: true },
  otherPair3: { type: "pair3", hash: D, isValid: true },
  badPair3: { type: "pair3", hash: D, isValid: false },
  right: { type: "code", isRight: true },
  wrong: { type: "code", isRight: false },
  cancel: { type: "cancel" },
  tick: { type: "tick" },
} as const satisfies Record<string, PairInput>;

type Row = Record<keyof typeof INPUTS, `${PairState["status"]} ${PairEffect}`>;
const same = (status: PairState["status"]): Row => ({
  pair1: `${status} ignore`,
  otherPair1: `${status} ignore`,
  badPair1: `${status} ignore`,
  pair3: `${status} ignore`,
  otherPair3: `${status} ignore`,
  badPair3: `${status} ignore`,
  right: `${status} ignore`,
  wrong: `${status} ignore`,
  cancel: "closed cancel",
  tick: `${status} ignore`,
});
const confirm: Row = {
  ...same("confirm"),
  pair1: "confirm repeat",
  otherPair1: "closed abort",
  badPair1: "closed abort",
  pair3: "confirm repeat",
  otherPair3: "closed abort",
  badPair3: "closed abort",
  right: "pending admit",
  wrong: "confirm wrong-code",
};
const TABLE: Record<keyof typeof STATES, Row> = {
  open: { ...same("open"), pair1: "committed commit", otherPair1: "committed commit", badPair1: "closed abort" },
  committed: {
    ...same("committed"),
    pair1: "committed repeat",
    otherPair1: "closed abort",
    badPair1: "closed abort",
    pair3: "confirm ask",
    otherPair3: "confirm ask",
    badPair3: "closed abort",
  },
  confirm,
  lastTry: { ...confirm, wrong: "closed abort" },
  pending: { ...same("pending"), pair1: "pending repeat", pair3: "pending repeat", cancel: "pending ignore" },
  closed: { ...same("closed"), cancel: "closed ignore" },
};

const STATE_NAMES = Object.keys(STATES) as (keyof typeof STATES)[];
const INPUT_NAMES = Object.keys(INPUTS) as (keyof typeof INPUTS)[];

it.each(STATE_NAMES)("moves from %s as the table says", (name) => {
  const found = INPUT_NAMES.map((input) => {
    const { state, effect } = nextPair(STATES[name], INPUTS[input], { now: NOW, digits: true });
    return [input, `${state.status} ${effect}`];
  });
  expect(Object.fromEntries(found)).toEqual(TABLE[name]);
});

it("expires at its deadline whatever comes, except when the device is admitted", () => {
  for (const name of STATE_NAMES) {
    for (const input of INPUT_NAMES) {
      const now = name === "confirm" || name === "lastTry" ? 9000 : EXP;
      const { state, effect } = nextPair(STATES[name], INPUTS[input], { now, digits: true });
      if (name === "pending" || name === "closed") expect(effect).not.toBe("expire");
      else expect([state.status, effect]).toEqual(["closed", "expire"]);
    }
  }
});

it("gives the person two minutes and three tries", () => {
  const { state } = nextPair(STATES.committed, INPUTS.pair3, { now: NOW, digits: true });
  expect(state).toMatchObject({ status: "confirm", until: NOW + PAIR_CONFIRM_MS, triesLeft: PAIR_TRIES });
});

it("admits by the link alone only where no digits are asked", () => {
  expect(nextPair(STATES.committed, INPUTS.pair3, { now: NOW, digits: false }).effect).toBe("admit");
  expect(nextPair(STATES.committed, INPUTS.badPair3, { now: NOW, digits: false }).effect).toBe("abort");
});

it("S6: never admits without the right digits, and never twice, for any inputs in any order", () => {
  const inputs = fc.array(fc.constantFrom(...INPUT_NAMES), { maxLength: 40 });
  fc.assert(
    fc.property(inputs, (names) => {
      let state: PairState = STATES.open;
      let admitted = 0;
      let wrong = 0;
      for (const name of names) {
        const step = nextPair(state, INPUTS[name], { now: NOW, digits: true });
        if (state.status === "confirm" && name === "wrong") wrong++;
        if (step.effect === "admit") {
          admitted++;
          expect(name).toBe("right");
          expect(wrong).toBeLessThan(PAIR_TRIES);
        }
        state = step.state;
      }
      expect(admitted).toBeLessThanOrEqual(1);
    }),
  );
});

// R16: a deploy closes all sockets at once. The policies of device and relay, by their own times: no socket, no waiting.
import { expect, test } from "vitest";
import { deadlineOf, firstState, nextLink as nextRelayLink } from "../../link/link-state.ts";
import { FIRST_LINK, linkDeadline, nextLink, type LinkState } from "../../../web/live/link-state.ts";
import { Random } from "../sim/random.ts";

const CLIENTS = 300;
/** Dial, upgrade, hello and ready over a phone's network; also what a Worker that is away takes to refuse. */
const DIAL_MS = 500;
/** The longest that a client has been connected. */
const LONGEST_MS = 7_200_000;
/** More than any healthy client needs. */
const PATIENCE = 50;

/** One client's policy. Times are ms after the close. */
interface Policy {
  /** Its socket closes at 0; it was dialled and proven before. Answers when to dial. */
  close(code: number, before: { readonly dialledAt: number; readonly liveAt: number }): number;
  /** It dials when it is time. */
  dial(at: number): void;
  /** Nobody answered. Answers when to dial again. */
  refused(at: number): number;
}

function due(at: number | null): number {
  if (at === null) throw new Error("it gave up");
  return at;
}

function device(random: Random): Policy {
  let state: LinkState = FIRST_LINK;
  const take = (event: Parameters<typeof nextLink>[1], at: number) => {
    const step = nextLink(state, event, at, random.next());
    ({ state } = step);
    return step.effects;
  };
  return {
    close(code, { dialledAt, liveAt }) {
      take({ type: "asked" }, dialledAt);
      take({ type: "opened" }, dialledAt);
      take({ type: "ready", relay: "on" }, liveAt);
      take({ type: "closed", code }, 0);
      return due(linkDeadline(state));
    },
    dial: (at) => expect(take({ type: "tick" }, at)).toEqual(["dial"]),
    refused(at) {
      take({ type: "closed", code: null }, at);
      return due(linkDeadline(state));
    },
  };
}

function relay(random: Random): Policy {
  let state = firstState(-LONGEST_MS * 2);
  const take = (event: Parameters<typeof nextRelayLink>[1], at: number) => {
    const step = nextRelayLink(state, event, at);
    ({ state } = step);
    return step.effects;
  };
  return {
    close(code, { dialledAt, liveAt }) {
      take({ type: "tick", random: 0 }, dialledAt);
      take({ type: "opened" }, dialledAt);
      take({ type: "ready" }, liveAt);
      take({ type: "lost", closeCode: code, random: random.next() }, 0);
      return due(deadlineOf(state));
    },
    dial: (at) => expect(take({ type: "tick", random: random.next() }, at)).toEqual([{ do: "dial" }]),
    refused(at) {
      take({ type: "lost", closeCode: null, random: random.next() }, at);
      return due(deadlineOf(state));
    },
  };
}

/** When a client dialled, the time before the close included, and when it was live again. */
interface Healing {
  readonly dials: readonly number[];
  readonly liveAt: number;
}

/** One client against a Worker that answers nobody before `backAt`. */
function heal(policy: Policy, code: number, backAt: number, random: Random): Healing {
  // Some have been here for hours, some for little more than a second.
  const liveAt = -1_100 - LONGEST_MS * random.next() ** 8;
  const dials = [liveAt - DIAL_MS];
  let at = policy.close(code, { dialledAt: liveAt - DIAL_MS, liveAt });
  while (dials.length < PATIENCE) {
    policy.dial(at);
    dials.push(at);
    if (at >= backAt) return { dials, liveAt: at + DIAL_MS };
    at = policy.refused(at + DIAL_MS);
  }
  throw new Error("it never heals");
}

/** The most of these times in any `withinMs`. */
function most(times: readonly number[], withinMs: number): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + withinMs).length));
}

const CASES = [device, relay].flatMap((policy) =>
  [1001, 1006, 1012].flatMap((code) => [0, 1_000, 3_000].map((backAt) => [policy.name, code, backAt, policy] as const)),
);

test.each(CASES)(
  "R16 every %s that a deploy closed with %s is live in time, with a Worker back after %s ms, and none hammers it",
  (name, code, backAt, policy) => {
    const random = new Random(16, `${name} ${code} ${backAt}`);
    const clients = Array.from({ length: CLIENTS }, () => heal(policy(random), code, backAt, random));
    const live = clients.map(({ liveAt }) => liveAt).toSorted((a, b) => a - b);
    expect(live[Math.ceil(CLIENTS * 0.99) - 1]).toBeLessThanOrEqual(8_000);
    expect(live.at(-1)).toBeLessThanOrEqual(35_000);
    expect(Math.max(...clients.map(({ dials }) => most(dials, 5_000)))).toBeLessThanOrEqual(2);
    // A herd would only be closed again: no half second sees more than a quarter of the first attempts.
    expect(
      most(
        clients.map(({ dials }) => dials[1] ?? 0),
        500,
      ),
    ).toBeLessThan(CLIENTS / 4);
  },
);

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomId, type WaitId } from "./ids.ts";
import {
  FIRST_FACTS,
  nextFacts,
  SESSION_STATUSES,
  statusOf,
  type SessionEvent,
  type SessionFacts,
} from "./session-state.ts";

const w1 = randomId<WaitId>();
const w2 = randomId<WaitId>();

const FACTS = {
  starting: { agent: "starting" },
  idle: { agent: "up", turn: null, waits: [] },
  running: { agent: "up", turn: 1, waits: [] },
  waiting: { agent: "up", turn: 1, waits: [w1] },
  ended: { agent: "down", why: "ended" },
  interrupted: { agent: "down", why: "interrupted" },
} as const satisfies Record<string, SessionFacts>;
type Name = keyof typeof FACTS;

const EVENTS = {
  "agent-ready": { type: "agent-ready" },
  "turn-started": { type: "turn-started", turn: 2 },
  "turn-ended": { type: "turn-ended" },
  "wait-opened": { type: "wait-opened", wid: w2 },
  "wait-closed": { type: "wait-closed", wid: w1 },
  "agent-lost": { type: "agent-lost" },
  stopped: { type: "stopped" },
  resumed: { type: "resumed" },
} as const satisfies Record<string, SessionEvent>;

/** Status after each event in each state; "=" leaves the facts unchanged. */
const TABLE: Record<keyof typeof EVENTS, Record<Name, Name | "=">> = {
  "agent-ready": { starting: "idle", idle: "=", running: "=", waiting: "=", ended: "=", interrupted: "=" },
  "turn-started": { starting: "=", idle: "running", running: "=", waiting: "=", ended: "=", interrupted: "=" },
  "turn-ended": { starting: "=", idle: "=", running: "idle", waiting: "idle", ended: "=", interrupted: "=" },
  "wait-opened": {
    starting: "=",
    idle: "waiting",
    running: "waiting",
    waiting: "waiting",
    ended: "=",
    interrupted: "=",
  },
  "wait-closed": { starting: "=", idle: "=", running: "=", waiting: "running", ended: "=", interrupted: "=" },
  "agent-lost": {
    starting: "interrupted",
    idle: "interrupted",
    running: "interrupted",
    waiting: "interrupted",
    ended: "=",
    interrupted: "=",
  },
  stopped: { starting: "ended", idle: "ended", running: "ended", waiting: "ended", ended: "=", interrupted: "ended" },
  resumed: { starting: "=", idle: "=", running: "=", waiting: "=", ended: "starting", interrupted: "starting" },
};

const cells = Object.entries(TABLE).flatMap(([event, row]) =>
  Object.entries(row).map(([state, after]) => [event as keyof typeof EVENTS, state as Name, after] as const),
);

describe("every event in every state", () => {
  test.each(cells)("%s when %s gives %s", (event, state, after) => {
    const before: SessionFacts = FACTS[state];
    const facts = nextFacts(before, EVENTS[event]);
    if (after === "=") expect(facts).toBe(before);
    else expect(statusOf(facts)).toBe(after);
  });
});

test("a session begins by starting", () => {
  expect(statusOf(FIRST_FACTS)).toBe("starting");
});

test("a wait opened twice is one wait, and the last answer ends the waiting", () => {
  const twice = nextFacts(nextFacts(FACTS.running, EVENTS["wait-opened"]), EVENTS["wait-opened"]);
  const both = nextFacts(twice, { type: "wait-opened", wid: w1 });
  const one = nextFacts(both, { type: "wait-closed", wid: w1 });
  expect(statusOf(one)).toBe("waiting");
  expect(statusOf(nextFacts(one, { type: "wait-closed", wid: w2 }))).toBe("running");
});

test("whatever happens, facts keep their invariants and nothing is open in an agent that is down", () => {
  const event = fc.constantFrom<SessionEvent>(...Object.values(EVENTS));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let facts: SessionFacts = FIRST_FACTS;
      for (const next of events) {
        facts = nextFacts(facts, next);
        expect(SESSION_STATUSES).toContain(statusOf(facts));
        if (facts.agent === "up") expect(new Set(facts.waits).size).toBe(facts.waits.length);
      }
    }),
  );
});

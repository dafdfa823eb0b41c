// Checks that cannot fail prove nothing: each is shown what it is there to find.
import { expect, test } from "vitest";
import {
  genesis,
  idFromBytes,
  randomBytes,
  randomId,
  type Hash,
  type Item,
  type MachineId,
  type SessionId,
} from "../../../schema/index.ts";
import {
  commandsEnd,
  keptOf,
  linesWhole,
  logsAgree,
  nobodyUnowned,
  nothingLeft,
  nothingLost,
  nothingTwice,
  promptsOnce,
  survivorsGoOn,
  type Moment,
} from "./invariants.ts";
import type { JournalView, SeenRecord, SeenSession } from "./journal-view.ts";
import { Ledger } from "./ledger.ts";

const S = randomId<SessionId>();
const D = "device";
const REF = JSON.stringify([D, 1, 3]);
const someHash = (): Promise<Hash> => genesis(idFromBytes<MachineId>(randomBytes(16)), S);
const H0 = await someHash();
const H1 = await someHash();
const H2 = await someHash();

const frame = new Uint8Array(1);
const record = (seq: number, prev: Hash, h: Hash, items: readonly Item[] = []): SeenRecord => ({
  ...{ session: S, seq, prev, h, frame, items },
});
const SESSION: SeenSession = {
  s: S,
  state: "live",
  isTurnOpen: false,
  ref: REF,
  pid: 12,
  host: { pid: 11, start: "1" },
};

function moment(change: Partial<JournalView> = {}, rest: Partial<Moment> = {}): Moment {
  const records = [record(1, H0, H1), record(2, H1, H2)];
  const journal: JournalView = {
    ...{ records, commands: [], sessions: [SESSION], prompts: [], heads: new Map([[S, "idle"]]), openWaits: [] },
    leftovers: { item: 0 },
    ...change,
  };
  const hub = { records: journal.records, queued: 0 };
  const phone = { d: D, finals: new Map(), statuses: new Map() };
  return { journal, hub, phone, said: [], effects: new Map(), ...rest };
}

const turn = (stop: "end_turn" | "interrupted"): Item[] => [
  { k: "turn", t: 1, of: [JSON.parse(REF)] },
  { k: "turnend", t: 1, stop },
];
const EFFECT = { said: [{ n: 1, does: "effect" as const, ctr: 3 }] };
const withItems = (items: readonly Item[]): Partial<JournalView> => ({ records: [record(1, H0, H1, items)] });

test("a whole moment has no breach", () => {
  const whole = moment(withItems(turn("end_turn")), { ...EFFECT, effects: new Map([[1, 1]]) });
  const alive = new Set([11, 12]);
  expect([
    ...logsAgree(whole),
    ...nothingLost(new Ledger(), whole),
    ...commandsEnd(whole),
    ...promptsOnce(whole).breaches,
    ...nothingTwice(whole),
    ...linesWhole(whole),
    ...nothingLeft(whole),
    ...nobodyUnowned(whole, alive),
    ...survivorsGoOn(keptOf(whole.journal, alive), whole.journal, true),
  ]).toEqual([]);
});

test("a gap, a broken chain, a record the Worker lacks or has otherwise is found", () => {
  expect(logsAgree(moment({ records: [record(2, H1, H2)] }))).toHaveLength(1);
  expect(logsAgree(moment({ records: [record(1, H0, H1), record(2, H0, H2)] }))).toHaveLength(1);
  expect(logsAgree(moment({}, { hub: { records: [record(1, H0, H1)], queued: 0 } }))).toHaveLength(1);
  expect(logsAgree(moment({}, { hub: { records: [record(1, H0, H2), record(2, H1, H2)], queued: 0 } }))).toHaveLength(
    1,
  );
});

test("an acknowledged record that is gone, or says something else, is found", () => {
  const ledger = new Ledger();
  ledger.acknowledge("the phone", [record(1, H0, H1), record(2, H1, H2), record(3, H2, H0)]);
  expect(nothingLost(ledger, moment())).toHaveLength(2);
  expect(ledger.see("the relay", [record(2, H1, H1)])).toHaveLength(1);
});

test("a command without a last word, or with two, is found", () => {
  const commands = [{ d: D, ctr: 1, state: "running", op: "session.prompt" }];
  expect(commandsEnd(moment({ commands }))).toHaveLength(1);
  const phone = { d: D, finals: new Map([[1, new Set(["a", "b"])]]), statuses: new Map() };
  expect(commandsEnd(moment({}, { phone }))).toHaveLength(1);
  expect(commandsEnd(moment({}, { hub: { records: moment().journal.records, queued: 1 } }))).toHaveLength(1);
});

test("an effect that came twice, or not, or out of nowhere, and a prompt that vanished, are found", () => {
  const told = (items: readonly Item[], times: number) =>
    promptsOnce(moment(withItems(items), { ...EFFECT, effects: new Map([[1, times]]) })).breaches.length;
  expect([told(turn("end_turn"), 2), told(turn("end_turn"), 0), told(turn("interrupted"), 2), told([], 1)]).toEqual([
    1, 1, 1, 1,
  ]);
  expect([told(turn("interrupted"), 0), told(turn("interrupted"), 1)]).toEqual([0, 0]);
  const phone = { d: D, finals: new Map(), statuses: new Map([[3, "done"]]) };
  expect(promptsOnce(moment({}, { ...EFFECT, phone })).breaches).toHaveLength(1);
});

test("a turn told twice, a line lost or echoed, a wait kept open, a row left behind are found", () => {
  expect(nothingTwice(moment(withItems([...turn("end_turn"), ...turn("end_turn")])))).toHaveLength(2);
  const say = (text: string): Item => ({
    k: "acp",
    u: { sessionId: "a", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } },
  });
  expect(linesWhole(moment(withItems([say("line 1\n"), say("line 3\n")])))).toHaveLength(1);
  expect(linesWhole(moment(withItems([say("line 1\n"), say("line 2\n"), say("line 2\n")])))).toHaveLength(1);
  expect(nothingLeft(moment({ leftovers: { item: 2 } }))).toHaveLength(1);
  expect(nothingLeft(moment({ openWaits: [S], sessions: [{ ...SESSION, state: "interrupted" }] }))).toHaveLength(1);
});

test("a session shown as alive that is not, and an interruption of one whose host lives, are found", () => {
  expect(nobodyUnowned(moment(), new Set([11]))).toHaveLength(2);
  const interrupted = { ...SESSION, state: "interrupted", host: null };
  expect(nobodyUnowned(moment({ sessions: [interrupted] }), new Set())).toHaveLength(2);
  const before = keptOf(moment().journal, new Set([11, 12]));
  const items: Item[] = [{ k: "state", s: "interrupted" }];
  expect(survivorsGoOn(before, moment(withItems(items)).journal, false)).toHaveLength(1);
  expect(survivorsGoOn(before, moment({ ...withItems(items), sessions: [interrupted] }).journal, true)).toHaveLength(1);
  expect(survivorsGoOn(before, moment({ ...withItems(items), sessions: [interrupted] }).journal, false)).toEqual([]);
});

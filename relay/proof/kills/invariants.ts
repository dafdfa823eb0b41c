// What must be true whatever died: sentences about what is not. Pure; everything was read from the disks before.
import { MACHINE_SESSION, type Item } from "../../../schema/index.ts";
import type { HubView } from "./hub-view.ts";
import type { JournalView, SeenRecord, SeenSession } from "./journal-view.ts";
import type { Ledger } from "./ledger.ts";
import { STREAM_LINES, type Said } from "./workload.ts";

/** The phone's side of a settled moment. */
export interface PhoneFacts {
  readonly d: string;
  /** Every different last word of a command, by counter. */
  readonly finals: ReadonlyMap<number, ReadonlySet<string>>;
  readonly statuses: ReadonlyMap<number, string>;
}

/** A settled moment, everything dead. */
export interface Moment {
  readonly journal: JournalView;
  readonly hub: HubView;
  readonly phone: PhoneFacts;
  readonly said: readonly Said[];
  readonly effects: ReadonlyMap<number, number>;
}

/** No gap, an unbroken chain, and the Worker's copy is the relay's, byte for byte. */
export function logsAgree({ journal, hub }: Moment): string[] {
  const breaches: string[] = [];
  const newest = new Map<string, SeenRecord>();
  for (const record of journal.records) {
    const before = newest.get(record.session);
    const place = `${record.session}/${record.seq}`;
    if (record.seq !== (before?.seq ?? 0) + 1) breaches.push(`gap: ${place} follows ${before?.seq ?? 0}`);
    if (before !== undefined && record.prev !== before.h) breaches.push(`chain: ${place} does not continue`);
    newest.set(record.session, record);
  }
  const own = new Map(journal.records.map((record) => [`${record.session}/${record.seq}`, record.h]));
  const stored = new Set(hub.records.map(({ session, seq }) => `${session}/${seq}`));
  for (const { session, seq, h } of hub.records) {
    if (own.get(`${session}/${seq}`) !== h) breaches.push(`the Worker's ${session}/${seq} is not the relay's`);
  }
  for (const place of own.keys()) if (!stored.has(place)) breaches.push(`not at the Worker: ${place}`);
  return breaches;
}

/** Nothing acknowledged is gone, nothing has two contents. */
export function nothingLost(ledger: Ledger, { journal, hub }: Pick<Moment, "journal" | "hub">): string[] {
  return [
    ...ledger.see("the relay", journal.records),
    ...ledger.acknowledge("the Worker", hub.records),
    ...ledger.lost("the relay", journal.records),
    ...ledger.lost("the Worker", hub.records),
  ];
}

/** Every durable command that the relay took has one last word, and no phone ever heard two. */
export function commandsEnd({ journal, hub, phone }: Moment): string[] {
  const open = journal.commands.filter(({ state }) => state !== "final");
  return [
    ...open.map(({ ctr, op, state }) => `command ${ctr} ${op} stays ${state}`),
    ...[...phone.finals].filter(([, words]) => words.size > 1).map(([ctr]) => `command ${ctr} has two last words`),
    ...(hub.queued > 0 ? [`${hub.queued} commands wait at the Worker`] : []),
  ];
}

/** What became of the prompts. */
export interface PromptCount {
  readonly breaches: readonly string[];
  readonly done: number;
  readonly interrupted: number;
  readonly refused: number;
  readonly unknown: number;
  readonly waiting: number;
  readonly effects: number;
  readonly effectsTwice: number;
}

/**
 * Every prompt is read once, or its turn is told as cut off, or it waits, or it was refused: and its effect, which is not
 * idempotent, came once, or at most once where it was cut off.
 */
export function promptsOnce({ journal, phone, said, effects }: Moment): PromptCount {
  const breaches: string[] = [];
  const count = { done: 0, interrupted: 0, refused: 0, unknown: 0, waiting: 0, effects: 0, effectsTwice: 0 };
  const turns = turnsOf(journal.records);
  const waiting = new Set(journal.prompts.filter(({ state }) => state !== "taken").map(({ ref }) => ref));
  for (const { n, does, ctr } of said) {
    const ref = JSON.stringify([phone.d, 1, ctr]);
    const taken = turns.filter((turn) => turn.of.includes(ref));
    const times = effects.get(n) ?? 0;
    if (does === "effect") count.effects += times;
    if (times > 1) {
      count.effectsTwice += 1;
      breaches.push(`effect ${n} came ${times} times`);
    }
    if (taken.length > 1) breaches.push(`prompt ${n} was read ${taken.length} times`);
    const [turn] = taken;
    if (turn === undefined) {
      if (times > 0) breaches.push(`effect ${n} came, and no turn took it`);
      if (waiting.has(ref)) count.waiting += 1;
      else if (phone.statuses.get(ctr) === "indeterminate") count.unknown += 1;
      else if (phone.statuses.get(ctr) === "done") breaches.push(`prompt ${n} was accepted and is nowhere`);
      else count.refused += 1;
      continue;
    }
    if (turn.stop === null) breaches.push(`prompt ${n}: its turn never ended`);
    if (turn.stop !== "end_turn") count.interrupted += 1;
    else if (does === "effect" && times === 0) breaches.push(`effect ${n} did not come, and its turn says done`);
    else count.done += 1;
  }
  return { ...count, breaches };
}

interface Turn {
  readonly of: readonly string[];
  stop: string | null;
}

function turnsOf(records: readonly SeenRecord[]): readonly Turn[] {
  const turns = new Map<string, Turn>();
  for (const { session, items } of records) {
    for (const item of items) {
      if (item.k === "turn")
        turns.set(`${session}/${item.t}`, { of: item.of.map((of) => JSON.stringify(of)), stop: null });
      const turn = item.k === "turnend" ? turns.get(`${session}/${item.t}`) : undefined;
      if (item.k === "turnend" && turn !== undefined) turn.stop = item.stop;
    }
  }
  return [...turns.values()];
}

/** An item of a log twice: two turns or two ends of one number, two ends of one wait. */
export function nothingTwice({ journal }: Pick<Moment, "journal">): string[] {
  const seen = new Set<string>();
  return journal.records.flatMap(({ session, items }) =>
    items.flatMap((item) => {
      const name = onceOnly(item);
      if (name === null) return [];
      const place = `${session} ${name}`;
      if (seen.has(place)) return [`twice: ${place}`];
      seen.add(place);
      return [];
    }),
  );
}

function onceOnly(item: Item): string | null {
  if (item.k === "turn" || item.k === "turnend") return `${item.k} ${item.t}`;
  if (item.k === "wait" || item.k === "waitdone") return `${item.k} ${item.wid}`;
  return null;
}

/** The agent's numbered lines: each stream from 1 on, without a hole and without an echo. */
export function linesWhole({ journal }: Pick<Moment, "journal">): string[] {
  const said = new Map<string, string>();
  for (const { session, items } of journal.records) {
    for (const item of items) said.set(session, (said.get(session) ?? "") + wordsIn(item));
  }
  return [...said].flatMap(([session, text]) => {
    let last = 0;
    return [...text.matchAll(/^line (\d+)$/gm)].flatMap(([, digits]) => {
      const line = Number(digits);
      const fits = line === last + 1 || line === 1;
      const breach = fits && line <= STREAM_LINES ? [] : [`${session}: line ${line} after ${last}`];
      last = line;
      return breach;
    });
  });
}

function wordsIn(item: Item): string {
  if (item.k === "turnend" || item.k === "turn") return "\n";
  if (item.k !== "acp") return "";
  const { update } = item.u;
  const content = update.sessionUpdate === "agent_message_chunk" ? update["content"] : null;
  const hasText = typeof content === "object" && content !== null && "text" in content;
  return hasText && typeof content.text === "string" ? content.text : "";
}

/** Nothing a crash left is left after the next start; nothing asks that nobody asks. */
export function nothingLeft({ journal }: Pick<Moment, "journal">): string[] {
  const live = new Set(journal.sessions.filter(({ state }) => state === "live").map(({ s }): string => s));
  return [
    ...Object.entries(journal.leftovers).flatMap(([what, count]) =>
      count > 0 ? [`${count} rows left in ${what}`] : [],
    ),
    ...journal.openWaits.filter((s) => !live.has(s)).map((s) => `a wait is open in ${s}, which is at rest`),
    ...untoldWaits(journal),
  ];
}

function untoldWaits({ records, openWaits }: JournalView): string[] {
  const open = new Map<string, string>();
  for (const { session, items } of records) {
    for (const item of items) {
      if (item.k === "wait") open.set(item.wid, session);
      if (item.k === "waitdone") open.delete(item.wid);
    }
  }
  return [...open.values()]
    .filter((s) => !openWaits.includes(s))
    .map((s) => `the log of ${s} keeps a settled wait open`);
}

/** What is shown as alive is alive, what is alive is known: `hosts` and `agents` are pids that exist. */
export function nobodyUnowned({ journal }: Pick<Moment, "journal">, alive: ReadonlySet<number>): string[] {
  const breaches: string[] = [];
  for (const { s, state, pid, host, isTurnOpen } of journal.sessions) {
    const head = journal.heads.get(s) ?? "none";
    const isUp = state === "live" && host !== null && alive.has(host.pid) && alive.has(pid);
    if (state === "live" && !isUp) breaches.push(`${s} counts as live without its agent`);
    if (state !== "live" && head !== state) breaches.push(`${s} is ${state} and shown as ${head}`);
    if (!isUp && ["running", "waiting", "starting", "idle"].includes(head))
      breaches.push(`${s} is shown as ${head}, and is not`);
    if (isUp && isTurnOpen && head === "idle") breaches.push(`${s} works and is shown as idle`);
    if (isUp && !isTurnOpen && head === "running") breaches.push(`${s} is shown as running and rests`);
  }
  return breaches;
}

/** How often each session says that of itself. */
function timesOf({ records }: JournalView, state: "interrupted" | "ended"): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { session, items } of records) {
    if (session === MACHINE_SESSION) continue;
    const here = items.filter((item) => item.k === "state" && item.s === state).length;
    counts.set(session, (counts.get(session) ?? 0) + here);
  }
  return counts;
}

/** A session with its living host, at an earlier settled moment. */
export interface Kept {
  readonly s: string;
  readonly hostPid: number;
  readonly interruptions: number;
  readonly ends: number;
}

/** The sessions whose host lives now. */
export function keptOf(journal: JournalView, alive: ReadonlySet<number>): readonly Kept[] {
  const interrupted = timesOf(journal, "interrupted");
  const ended = timesOf(journal, "ended");
  return journal.sessions.flatMap(({ s, state, host }: SeenSession) =>
    state === "live" && host !== null && alive.has(host.pid)
      ? [{ s, hostPid: host.pid, interruptions: interrupted.get(s) ?? 0, ends: ended.get(s) ?? 0 }]
      : [],
  );
}

/** R13: a session whose host survived, and that nobody ended, was not interrupted. */
export function survivorsGoOn(before: readonly Kept[], journal: JournalView, isHostSpared: boolean): string[] {
  const interrupted = timesOf(journal, "interrupted");
  const ended = timesOf(journal, "ended");
  return before.flatMap(({ s, hostPid, interruptions, ends }) => {
    const session = journal.sessions.find((each) => each.s === s);
    const now = interrupted.get(s) ?? 0;
    if (session?.host?.pid === hostPid && now !== interruptions) return [`${s} was interrupted, and its host lives`];
    // A person's stop that the relay's death cut in two may say both.
    if (isHostSpared && now !== interruptions && (ended.get(s) ?? 0) === ends)
      return [`${s} was interrupted, and nobody touched its host`];
    return [];
  });
}

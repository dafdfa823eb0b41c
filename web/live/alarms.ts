// What is wrong beyond silence (protocol section 9): compares what a fresh beacon says with what arrived. Pure.
import { WITHHOLD_MS, type Beacon, type DocId, type Hash, type SessionId } from "../../schema/index.ts";
import type { Alarm } from "./model.ts";

/** A thing the relay said exists and that has not come. */
interface Missing {
  readonly said: number;
  readonly got: number;
  /** Monotonic time since when nothing of it came. */
  readonly since: number;
}

export interface Suspicions {
  readonly records: ReadonlyMap<SessionId, Missing>;
  readonly docs: ReadonlyMap<string, Missing>;
  readonly forked: ReadonlySet<SessionId>;
  readonly rolledBack: ReadonlySet<SessionId>;
  /**
   * L of each session at the last beacon. A beacon is sealed beside the records that overtake it, so only a head below
   * what an earlier beacon found here proves a rollback.
   */
  readonly heldBefore: ReadonlyMap<SessionId, number>;
}

export const NO_SUSPICION: Suspicions = {
  records: new Map(),
  docs: new Map(),
  forked: new Set(),
  rolledBack: new Set(),
  heldBefore: new Map(),
};

/** What this device holds, asked by the comparison. */
export interface Holdings {
  /** L and h_L of a session it follows; null for one it does not. */
  readonly log: (session: SessionId) => { readonly seq: number; readonly h: Hash } | null;
  /** h of a held record, where at hand. */
  readonly hashAt: (session: SessionId, seq: number) => Hash | null;
  readonly docRev: (session: SessionId, doc: DocId) => number;
}

/** The suspicions after a fresh, proven beacon. */
export function compareBeacon(before: Suspicions, beacon: Beacon, held: Holdings, now: number): Suspicions {
  const forked = new Set(before.forked);
  const rolledBack = new Set(before.rolledBack);
  const heldBefore = new Map(before.heldBefore);
  const records = new Map(before.records);
  for (const [session, seq, h] of beacon.heads) {
    const log = held.log(session);
    if (log === null) {
      records.delete(session);
      continue;
    }
    const own = log.seq === seq ? log.h : held.hashAt(session, seq);
    if (own !== null && own !== h) forked.add(session);
    if (seq < (heldBefore.get(session) ?? 0)) rolledBack.add(session);
    else if (seq >= log.seq) rolledBack.delete(session);
    heldBefore.set(session, log.seq);
    note(records, session, seq, log.seq, now);
  }
  const docs = new Map(before.docs);
  for (const [session, doc, rev] of beacon.docs) note(docs, `${session}/${doc}`, rev, held.docRev(session, doc), now);
  return { records, docs, forked, rolledBack, heldBefore };
}

function note<K>(missing: Map<K, Missing>, key: K, said: number, got: number, now: number): void {
  const before = missing.get(key);
  if (got >= said) missing.delete(key);
  else missing.set(key, { said, got, since: before !== undefined && got === before.got ? before.since : now });
}

/** The suspicions after something arrived. */
export function compareArrivals(
  before: Suspicions,
  held: Pick<Holdings, "log" | "docRev">,
  parse: (key: string) => readonly [SessionId, DocId],
  now: number,
): Suspicions {
  if (before.records.size === 0 && before.docs.size === 0) return before;
  const records = new Map(before.records);
  for (const [session, { said }] of before.records) {
    const log = held.log(session);
    if (log === null) records.delete(session);
    else note(records, session, said, log.seq, now);
  }
  const docs = new Map(before.docs);
  for (const [key, { said }] of before.docs) note(docs, key, said, held.docRev(...parse(key)), now);
  return { ...before, records, docs };
}

/** A session's own alarm; null when there is none. */
export function sessionAlarm(suspicions: Suspicions, session: SessionId, now: number): Alarm | null {
  if (suspicions.forked.has(session)) return { kind: "forked", session };
  if (suspicions.rolledBack.has(session)) return { kind: "rolled-back", session };
  const missing = suspicions.records.get(session);
  if (missing === undefined || now - missing.since < WITHHOLD_MS) return null;
  return { kind: "withheld", session, said: missing.said, got: missing.got };
}

/** The machine's worst alarm; `absentSince` is device time, null while its relay is there. */
export function machineAlarm(suspicions: Suspicions, absentSince: number | null, now: number): Alarm | null {
  for (const session of suspicions.forked) return { kind: "forked", session };
  for (const session of suspicions.rolledBack) return { kind: "rolled-back", session };
  for (const [session, { said, got, since }] of suspicions.records) {
    if (now - since >= WITHHOLD_MS) return { kind: "withheld", session, said, got };
  }
  for (const { said, got, since } of suspicions.docs.values()) {
    if (now - since >= WITHHOLD_MS) return { kind: "withheld", session: null, said, got };
  }
  return absentSince === null ? null : { kind: "relay-absent", since: absentSince };
}

/** Monotonic time of the next alarm by silence; null when nothing is missing. */
export function alarmDeadline(suspicions: Suspicions, now: number): number | null {
  let next: number | null = null;
  for (const { since } of [...suspicions.records.values(), ...suspicions.docs.values()]) {
    const at = since + WITHHOLD_MS;
    if (at > now && (next === null || at < next)) next = at;
  }
  return next;
}

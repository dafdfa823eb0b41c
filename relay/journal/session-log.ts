// The append-only log of every session: gathers items, seals them, commits, and only then tells anybody. Knows no socket.
import {
  AppError,
  genesis,
  type Hash,
  type Item,
  type MachineId,
  type OpaqueKey,
  type SessionId,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { failpoint } from "../failpoint.ts";
import type { Epochs } from "../trust/ports.ts";
import type { Database } from "./database.ts";
import type { Draft } from "./gather.ts";
import { deleteItem, insertItem, itemJson, waitingItems } from "./item-table.ts";
import type { AdoptedRecord, LogHead, Placed, SessionLog, StoredRecord } from "./ports.ts";
import { insertRecord, newestRecords, readRecords, recordHashAt, type NewRecord } from "./record-table.ts";
import { hashOfRecord, sealRecord } from "./seal-record.ts";
import { dueAt, giveBack, newStream, push, takeJob, withdraw, type Job, type Stream } from "./stream.ts";

/** What the log works with. */
export interface LogParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly identity: { readonly machine: MachineId; readonly ri: OpaqueKey };
  readonly epochs: Epochs;
}

type SealedJob = Extract<Job, { does: "seal" }> & { readonly records: readonly NewRecord[] };
type SaveJob = Extract<Job, { does: "save" }>;

/** How many stored heads are hashed at once when the log opens. */
const VERIFY_TOGETHER = 64;

/**
 * Opens the log: the head of every session is recomputed from its newest record; E_DISK when one differs. Sessions found
 * are held until `admit`.
 */
export async function openSessionLog(parts: LogParts): Promise<Log> {
  const log = new Log(parts);
  const newest = newestRecords(parts.db).sort((a, b) => a.at - b.at);
  for (let at = 0; at < newest.length; at += VERIFY_TOGETHER) {
    const page = newest.slice(at, at + VERIFY_TOGETHER);
    const hashes = await Promise.all(page.map(({ frame }) => hashOfRecord(frame)));
    for (const [index, { session, seq, h }] of page.entries()) {
      if (hashes[index] !== h) throw damaged(`record ${seq} of session ${session} is not what was committed`);
      log.restore(session, { seq, h });
    }
  }
  log.restoreItems();
  return log;
}

function damaged(reason: string): AppError {
  return new AppError("E_DISK", { reason: `the journal is damaged: ${reason}`, next: "Restore it from a backup." });
}

function forked(session: SessionId): AppError {
  return new AppError("E_FORK", { reason: `the Worker holds records of session ${session} that this journal lacks` });
}

/** The log on SQLite; made by `openSessionLog`. */
export class Log implements SessionLog {
  readonly #parts: LogParts;
  /** In the order of their newest records, as far as they have any. */
  readonly #streams = new Map<SessionId, Stream>();
  readonly #acked = new Map<SessionId, number>();
  readonly #listeners = new Set<(sessions: readonly SessionId[]) => void>();
  readonly #placed = new Set<Placed>();
  /** Streams with something to commit. */
  readonly #waiting = new Set<Stream>();
  #pumping: Promise<void> | null = null;
  #isFlushing = false;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** A session with records from an earlier boot; the one whose newest record is the oldest comes first. */
  restore(session: SessionId, head: LogHead): void {
    this.#streams.set(session, { ...newStream(session, "held"), head });
  }

  /** Items kept without a seq in an earlier boot. */
  restoreItems(): void {
    for (const { session, row, size, isUrgent } of waitingItems(this.#parts.db)) {
      push(this.#stream(session), { json: null, size, isUrgent, row, settle: null });
    }
  }

  begin(session: SessionId): void {
    if (!this.#streams.has(session)) this.#streams.set(session, newStream(session, "open"));
  }

  append(session: SessionId, item: Item, within?: (seq: number | null) => void): Promise<{ readonly seq: number }> {
    const stream = this.#stream(session);
    if (stream.admission === "refused") return Promise.reject(forked(session));
    const { json, size, isUrgent } = serialised(item);
    return new Promise((resolve, reject) => {
      push(stream, { json, size, isUrgent, row: null, within, settle: { resolve, reject } });
      this.#wake(stream);
    });
  }

  keep(session: SessionId, item: Item): () => void {
    const { json, size, isUrgent } = serialised(item);
    const row = insertItem(this.#parts.db, session, json, size, isUrgent);
    return () => {
      const stream = this.#stream(session);
      push(stream, { json: null, size, isUrgent, row, settle: null });
      this.#wake(stream);
    };
  }

  admit(session: SessionId): void {
    const stream = this.#stream(session);
    if (stream.admission !== "held") return;
    stream.admission = "open";
    stream.unsaved = [];
    this.#wake(stream);
  }

  refuse(session: SessionId): void {
    const stream = this.#stream(session);
    stream.admission = "refused";
    stream.unsaved = [];
    const entries = stream.drafts.splice(0).flatMap((draft) => draft.entries);
    for (const { settle } of entries) settle?.reject(forked(session));
  }

  async hold(session: SessionId): Promise<void> {
    const stream = this.#stream(session);
    if (stream.admission === "open") {
      stream.admission = "held";
      stream.unsaved = stream.drafts.flatMap(({ entries }) => entries).filter(({ row }) => row === null);
      this.#wake(stream);
    }
    await this.#pumping;
  }

  adopt(session: SessionId, records: readonly AdoptedRecord[], within: () => void): void {
    const stream = this.#stream(session);
    if (stream.admission !== "held") throw new TypeError("a session that goes on adopts nothing");
    const { db } = this.#parts;
    db.transaction(() => {
      for (const record of records) insertRecord(db, { ...record, session, blobs: [] });
      within();
    });
    const newest = records.at(-1);
    if (newest !== undefined) stream.head = { seq: newest.seq, h: newest.h };
  }

  unsay(session: SessionId, isSaid: (item: Item) => boolean): void {
    const { db } = this.#parts;
    const stream = this.#stream(session);
    const said = withdraw(stream, (row) => isSaid(JSON.parse(itemJson(db, row))));
    db.transaction(() => {
      for (const { row } of said) if (row !== null) deleteItem(db, row);
    });
    for (const { settle } of said) settle?.resolve({ seq: stream.head?.seq ?? 0 });
  }

  /** Sessions that wait for `admit`, also those of which only items are known. */
  held(): readonly SessionId[] {
    return [...this.#streams.values()].filter(({ admission }) => admission === "held").map(({ session }) => session);
  }

  head(session: SessionId): LogHead | null {
    return this.#streams.get(session)?.head ?? null;
  }

  hashAt(session: SessionId, seq: number): Hash | null {
    const head = this.head(session);
    return head?.seq === seq ? head.h : recordHashAt(this.#parts.db, session, seq);
  }

  sessions(): readonly SessionId[] {
    return [...this.#streams.values()].filter(({ head }) => head !== null).map(({ session }) => session);
  }

  recent(limit: number): readonly SessionId[] {
    return this.sessions().toReversed().slice(0, limit);
  }

  read(
    session: SessionId,
    from: number,
    limit: { readonly maxBytes: number; readonly maxRecords: number },
  ): readonly StoredRecord[] {
    return readRecords(this.#parts.db, session, from, limit);
  }

  onCommitted(listener: (sessions: readonly SessionId[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onPlaced(listener: Placed): () => void {
    this.#placed.add(listener);
    return () => this.#placed.delete(listener);
  }

  acknowledged(session: SessionId, seq: number): void {
    this.#acked.set(session, Math.max(seq, this.ackedSeq(session)));
  }

  ackedSeq(session: SessionId): number {
    return this.#acked.get(session) ?? 0;
  }

  async flush(): Promise<void> {
    this.#isFlushing = true;
    try {
      // A pump already running may have decided before flushing began; the second one sees it.
      await this.#pump();
      await this.#pump();
    } finally {
      this.#isFlushing = false;
    }
  }

  #stream(session: SessionId): Stream {
    const known = this.#streams.get(session);
    if (known !== undefined) return known;
    // Never begun in this boot: the Worker may know it, so it waits.
    const stream = newStream(session, "held");
    this.#streams.set(session, stream);
    return stream;
  }

  #wake(stream: Stream): void {
    this.#waiting.add(stream);
    void this.#pump();
  }

  /** One pump at a time: whatever arrives while a commit is in flight gathers for the next. Never rejects. */
  #pump(): Promise<void> {
    this.#pumping ??= this.#run();
    return this.#pumping;
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue: items appended in one go share a record.
    await Promise.resolve();
    for (let jobs = this.#takeJobs(); jobs.length > 0; jobs = this.#takeJobs()) {
      let committed: readonly SealedJob[] = [];
      try {
        committed = await this.#commit(jobs);
      } catch (error) {
        const reason = error instanceof Error ? error : new Error("commit failed", { cause: error });
        const now = this.#parts.clock.monotonic();
        for (const job of jobs) giveBack(job, reason, now);
      }
      // Outside: a listener that throws must not undo what is committed.
      this.#announce(committed);
    }
    // In the same turn as the last look: an item that comes now starts a pump of its own.
    this.#pumping = null;
    this.#arm();
  }

  #takeJobs(): Job[] {
    const now = this.#parts.clock.monotonic();
    const jobs: Job[] = [];
    for (const stream of this.#waiting) {
      const due = dueAt(stream);
      if (due !== null && (due <= now || (this.#isFlushing && stream.notBefore <= now))) {
        const job = takeJob(stream, now, this.#isFlushing);
        if (job !== null) jobs.push(job);
      }
    }
    return jobs;
  }

  /** Forgets streams without work and sets the one timer for the earliest of the others. */
  #arm(): void {
    this.#cancelTimer();
    let earliest: number | null = null;
    for (const stream of this.#waiting) {
      const due = dueAt(stream);
      if (due === null) this.#waiting.delete(stream);
      else earliest = Math.min(due, earliest ?? due);
    }
    if (earliest === null) return;
    const { clock } = this.#parts;
    this.#cancelTimer = clock.setTimer(() => void this.#pump(), Math.max(0, earliest - clock.monotonic()));
  }

  /** Seals, then commits all of these jobs in one transaction. Returns what was committed; only then anybody is told. */
  async #commit(jobs: readonly Job[]): Promise<readonly SealedJob[]> {
    const { db, clock, epochs } = this.#parts;
    const saves = jobs.filter((job) => job.does === "save");
    const seals = jobs.filter((job) => job.does === "seal");
    let epoch = epochs.current();
    let sealed = await this.#sealAll(seals, epoch);
    while (epochs.current() !== epoch) {
      // Rotated meanwhile: what was sealed for a revoked device's epoch must not follow the revocation.
      epoch = epochs.current();
      sealed = await this.#sealAll(seals, epoch);
    }
    // `refuse` may have come while sealing.
    const live = sealed.filter(({ stream }) => stream.admission !== "refused");
    failpoint("log.commit.before");
    const rows = db.transaction(() => {
      for (const job of live) storeRecords(db, job, this.#placed);
      return saves.map((job) => storeItems(db, job));
    });
    failpoint("log.commit.after");
    if (saves.length > 0) failpoint("log.kept");
    const at = clock.monotonic();
    for (const { stream } of jobs) stream.committedAt = at;
    for (const [index, job] of saves.entries()) rest(job, rows[index] ?? []);
    for (const job of sealed) if (!live.includes(job)) rejectAll(job.drafts, forked(job.stream.session));
    return live;
  }

  #sealAll(seals: readonly Extract<Job, { does: "seal" }>[], epoch: number): Promise<SealedJob[]> {
    return Promise.all(seals.map(async (job) => ({ ...job, records: await this.#seal(job, epoch) })));
  }

  async #seal({ stream, drafts }: Extract<Job, { does: "seal" }>, epoch: number): Promise<NewRecord[]> {
    const { db, clock, identity, epochs } = this.#parts;
    const { session } = stream;
    const { machine, ri } = identity;
    const key = await epochs.key(epoch, session);
    const records: NewRecord[] = [];
    let { seq, h } = stream.head ?? { seq: 0, h: await genesis(machine, session) };
    for (const { entries } of drafts) {
      const items = entries.map(({ json, row, size }) => ({ json: json ?? itemJson(db, row ?? 0), size }));
      const context = { machine, session, ri, epoch, key, seq: seq + 1, prev: h, at: clock.now() };
      const record = await sealRecord(context, items);
      ({ seq, h } = record);
      records.push(record);
    }
    return records;
  }

  #announce(jobs: readonly SealedJob[]): void {
    const grown: SessionId[] = [];
    for (const { stream, drafts, records } of jobs) {
      const newest = records.at(-1);
      if (newest === undefined) continue;
      stream.head = { seq: newest.seq, h: newest.h };
      this.#streams.delete(stream.session);
      this.#streams.set(stream.session, stream);
      grown.push(stream.session);
      for (const [index, { entries }] of drafts.entries()) {
        const seq = records[index]?.seq ?? newest.seq;
        for (const { settle } of entries) settle?.resolve({ seq });
      }
    }
    if (grown.length > 0) for (const listener of this.#listeners) listener(grown);
  }
}

function serialised(item: Item): { readonly json: string; readonly size: number; readonly isUrgent: boolean } {
  const json = JSON.stringify(item);
  return {
    json,
    size: Buffer.byteLength(json),
    isUrgent: item.k === "wait" || item.k === "turn" || item.k === "state",
  };
}

function storeRecords(db: Database, { stream, drafts, records }: SealedJob, placed: ReadonlySet<Placed>): void {
  for (const record of records) insertRecord(db, record);
  for (const [index, { entries }] of drafts.entries()) {
    const seq = records[index]?.seq ?? null;
    for (const { row, within } of entries) {
      if (row === null) {
        within?.(seq);
        continue;
      }
      const json = itemJson(db, row);
      deleteItem(db, row);
      if (seq !== null) for (const tell of placed) tell(stream.session, json, seq);
    }
  }
}

function storeItems(db: Database, { stream, entries }: SaveJob): number[] {
  return entries.map(({ json, size, isUrgent, within }) => {
    within?.(null);
    return insertItem(db, stream.session, json ?? "", size, isUrgent);
  });
}

/** The items are safe in their table: their text need not stay in memory. */
function rest({ entries }: SaveJob, rows: readonly number[]): void {
  for (const [index, entry] of entries.entries()) {
    entry.row = rows[index] ?? null;
    entry.json = entry.row === null ? entry.json : null;
  }
}

function rejectAll(drafts: readonly Draft[], reason: Error): void {
  for (const { settle } of drafts.flatMap((draft) => draft.entries)) settle?.reject(reason);
}

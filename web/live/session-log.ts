// One session's log on this device: which runs are held, what is taken, what is missing. Storage comes after the view.
import { RECORDS_AT_FIRST, type Frame, type Hash, type MachineId, type SessionId } from "../../schema/index.ts";
import { judge, take, type Held } from "./accept.ts";
import type { MachineKeys } from "./keyring.ts";
import type { LiveStore, RecordRow, Run } from "./live-store.ts";
import { hashRecords, openRecords, provenStretches, type HashedRecord } from "./record-reader.ts";
import { mergeRuns, newestRun, runAt } from "./runs.ts";

/** What a batch of frames did. */
export interface Taken {
  /** New records in the order they were taken; already part of the log, not yet stored. */
  readonly rows: readonly RecordRow[];
  readonly dropped: number;
  /** A record beyond a hole came: ask again. */
  readonly gap: boolean;
  /** A record names an epoch that is not in the keyring: device.hello cures it. */
  readonly unknownEpoch: boolean;
}

/** Of one session; what is shown may be more. */
const UNSAVED_BYTES = 4 * 1024 * 1024;

/** Counted, never shown: frames that proved nothing. */
const NOTHING: Taken = { rows: [], dropped: 0, gap: false, unknownEpoch: false };

/** `load` first. What `receive` takes is part of the log at once; `save` makes it durable. */
export class SessionLog {
  readonly machine: MachineId;
  readonly session: SessionId;
  /** Two signed histories were met: the session is frozen from then on. */
  forked = false;
  readonly #store: LiveStore;
  #runs: readonly Run[] = [];
  readonly #starts = new Set<number>();
  readonly #hashes = new Map<number, Hash>();
  /** Taken and not stored yet; a save that failed is made up for by the next. */
  readonly #unsaved = new Map<number, { readonly row: RecordRow; readonly run: Run }>();

  constructor(machine: MachineId, session: SessionId, store: LiveStore) {
    this.machine = machine;
    this.session = session;
    this.#store = store;
  }

  /** Reads where the cache stands. */
  async load(): Promise<void> {
    const row = await this.#store.log(this.machine, this.session);
    if (row === null) return;
    this.#runs = mergeRuns(row.runs, this.#runs);
    this.forked ||= row.forked;
  }

  get newest(): Run | null {
    return newestRun(this.#runs);
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** (L, h_L) of the newest run; what the person has seen. */
  get seen(): { readonly seq: number; readonly h: Hash } | null {
    const run = this.newest;
    return run === null ? null : { seq: run.to, h: run.h };
  }

  /**
   * From where to ask the hub, given the newest seq the relay told of: behind by more than two screens, the newest part
   * starts apart and older pages come by `pull`.
   */
  askAfter(headSeq: number): number {
    const held = this.newest?.to ?? 0;
    const after = headSeq - held > 2 * RECORDS_AT_FIRST ? headSeq - RECORDS_AT_FIRST : held;
    this.mayStart(after + 1);
    return after;
  }

  /** h of a held record that was looked at in this life of the page; null for others. */
  hashAt(seq: number): Hash | null {
    return this.#hashes.get(seq) ?? null;
  }

  /** A part of its own may begin at `seq`: it was asked for. */
  mayStart(seq: number): void {
    this.#starts.add(seq);
  }

  /** Takes what the rules allow of these frames, in their order. */
  async receive(frames: readonly Frame<"EVT">[], keys: MachineKeys): Promise<Taken> {
    if (this.forked) return { ...NOTHING, dropped: frames.length };
    const hashed = await hashRecords(frames, this.machine, this.session);
    await this.#lookUpHashes(hashed);
    const before = this.#held();
    const unknown = hashed.filter((record) => judge(before, record) !== "held");
    // Side by side: each is several trips to the crypto threads, and a lone line waits for both.
    const [{ proven, dropped }, opened] = await Promise.all([
      provenStretches(hashed, keys),
      openRecords(unknown, keys),
    ]);
    const rows: RecordRow[] = [];
    let [gap, unknownEpoch, lost] = [false, false, dropped + frames.length - hashed.length];
    for (const record of proven.flat()) {
      const verdict = judge(this.#held(), record);
      if (verdict === "held") continue;
      if (verdict === "conflict") {
        this.forked = true;
        break;
      }
      if (verdict === "gap") {
        gap = true;
        continue;
      }
      const result = opened.get(record);
      if (result === undefined) continue;
      if (!result.ok) {
        unknownEpoch ||= result.why === "epoch";
        lost += 1;
        break;
      }
      this.#runs = take(this.#runs, record);
      this.#unsaved.set(record.seq, { row: result.row, run: runAt(record.seq, record.prev, record.h) });
      this.#hashes.set(record.seq, record.h);
      rows.push(result.row);
    }
    return { rows, dropped: lost, gap, unknownEpoch };
  }

  /** Records from..to inclusive, in order, as far as they are held; also those that are not stored yet. */
  async records(from: number, to: number): Promise<readonly RecordRow[]> {
    const fresh = [...this.#unsaved.values()].map(({ row }) => row).filter(({ seq }) => from <= seq && seq <= to);
    const stored = await this.#store.records(this.machine, this.session, from, to);
    if (fresh.length === 0) return stored;
    const all = new Map([...stored, ...fresh].map((row) => [row.seq, row]));
    return [...all.values()].sort((a, b) => a.seq - b.seq);
  }

  /**
   * Stores what was taken with the log row, in one transaction that only adds. The row claims what is stored with it and
   * nothing else that is held: an earlier save may have failed, and another tab may have evicted what was there.
   */
  async save(usedAt: number): Promise<void> {
    const saving = [...this.#unsaved];
    const runs = mergeRuns(
      [],
      saving.map(([, { run }]) => run),
    );
    try {
      await this.#saveRows(
        saving.map(([, { row }]) => row),
        runs,
        usedAt,
      );
    } catch (error) {
      this.#forgetUnsaved();
      throw error;
    }
    for (const [seq, entry] of saving) if (this.#unsaved.get(seq) === entry) this.#unsaved.delete(seq);
  }

  /** Puts a record in the place of the held one with its seq: its large items came. */
  async replace(row: RecordRow): Promise<void> {
    const unsaved = this.#unsaved.get(row.seq);
    if (unsaved === undefined) await this.#saveRows([row], [], 0);
    else this.#unsaved.set(row.seq, { ...unsaved, row });
  }

  async #saveRows(rows: readonly RecordRow[], runs: readonly Run[], usedAt: number): Promise<void> {
    const { machine: m, session: s } = this;
    await this.#store.saveRecords(m, s, rows, (stored) => ({
      ...{ m, s },
      runs: mergeRuns(stored?.runs ?? [], runs),
      forked: this.forked || (stored?.forked ?? false),
      usedAt: Math.max(usedAt, stored?.usedAt ?? 0),
      bytes: rows.reduce((sum, row) => sum + row.bytes, stored?.bytes ?? 0),
    }));
  }

  /** Storage that keeps failing must not fill the memory: the oldest come again in a later life, from the hub. */
  #forgetUnsaved(): void {
    let bytes = 0;
    for (const [seq, { row }] of [...this.#unsaved].reverse()) {
      bytes += row.bytes;
      if (bytes > UNSAVED_BYTES) this.#unsaved.delete(seq);
    }
  }

  #held(): Held {
    return { runs: this.#runs, starts: this.#starts, hashAt: (seq) => this.hashAt(seq) };
  }

  /** Records that came again are compared by hash; those of an earlier life of this page are in the cache only. */
  async #lookUpHashes(records: readonly HashedRecord[]): Promise<void> {
    for (const { seq } of records) {
      if (this.#hashes.has(seq) || !this.#runs.some((run) => run.from <= seq && seq < run.to)) continue;
      for (const row of await this.#store.records(this.machine, this.session, seq, seq)) {
        this.#hashes.set(seq, row.h);
      }
    }
  }
}

/** True when one of these records opens a wait: lists show its request where the head has no room for it. */
export function hasWait(rows: readonly RecordRow[]): boolean {
  return rows.some(({ items }) => items.some(({ k }) => k === "wait"));
}

// Storage in memory: for browsers that refuse IndexedDB (the screen says so), for Node, and for tests.
import type { DocId, MachineId, SessionId } from "../../schema/index.ts";
import { endedByPairing } from "./delivery.ts";
import type {
  DocRow,
  EntryKey,
  HeldKeys,
  IdentityRow,
  KeyChange,
  LiveStore,
  LogRow,
  MachineRow,
  OutboxEntry,
  RecordRow,
} from "./live-store.ts";
import type { PairingRow } from "./pairing-row.ts";

const entryName = ({ m, g, ctr }: EntryKey): string => `${m}/${g}/${ctr}`;

/** Rows are never changed in place, so a snapshot is a shallow copy of the maps. */
interface Rows {
  identity: IdentityRow | null;
  pairing: PairingRow | null;
  machines: Map<MachineId, MachineRow>;
  counters: Map<string, number>;
  outbox: Map<string, OutboxEntry>;
  docs: Map<string, DocRow>;
  docCursors: Map<MachineId, number>;
  logs: Map<string, LogRow>;
  records: Map<string, Map<number, RecordRow>>;
}

/** A LiveStore that is gone with its process. */
export class MemoryStore implements LiveStore {
  readonly isDurable = false;
  readonly #rows: Rows;

  constructor(from?: MemoryStore) {
    this.#rows = from === undefined ? emptyRows() : copyRows(from.#rows);
  }

  /** What a process that died now would find. */
  snapshot(): MemoryStore {
    return new MemoryStore(this);
  }

  async identity(): Promise<IdentityRow | null> {
    return this.#rows.identity;
  }

  async keepIdentity(fresh: IdentityRow): Promise<IdentityRow> {
    this.#rows.identity ??= fresh;
    return this.#rows.identity;
  }

  async machines(): Promise<readonly MachineRow[]> {
    return [...this.#rows.machines.values()];
  }

  async adoptMachine(row: MachineRow): Promise<void> {
    const held = this.#rows.machines.get(row.m);
    this.#rows.machines.set(row.m, row);
    if (held === undefined || held.keyring.rev === row.keyring.rev) return;
    for (const entry of await this.outbox(row.m)) {
      const ended = endedByPairing(entry, row);
      if (ended === null) this.#rows.outbox.delete(entryName(entry));
      else this.#rows.outbox.set(entryName(entry), ended);
    }
  }

  async changeMachine(m: MachineId, change: (row: MachineRow) => MachineRow): Promise<MachineRow | null> {
    const row = this.#rows.machines.get(m);
    if (row === undefined) return null;
    const changed = change(row);
    this.#rows.machines.set(m, changed);
    return changed;
  }

  async forgetMachine(m: MachineId): Promise<void> {
    this.#dropCommands(m);
    this.#rows.machines.delete(m);
    this.#rows.docCursors.delete(m);
    for (const map of [this.#rows.docs, this.#rows.logs, this.#rows.records]) {
      for (const key of map.keys()) if (key.startsWith(`${m}/`)) map.delete(key);
    }
  }

  #dropCommands(m: MachineId): void {
    for (const key of this.#rows.outbox.keys()) if (key.startsWith(`${m}/`)) this.#rows.outbox.delete(key);
  }

  async outbox(m: MachineId): Promise<readonly OutboxEntry[]> {
    return [...this.#rows.outbox.values()].filter((entry) => entry.m === m).sort((a, b) => a.g - b.g || a.ctr - b.ctr);
  }

  async enqueue(m: MachineId, g: number, make: (ctr: number, g: number) => OutboxEntry): Promise<OutboxEntry> {
    const taken = this.#take(m, g, 1);
    const entry = make(taken.first, taken.g);
    this.#rows.outbox.set(entryName(entry), entry);
    return entry;
  }

  async changeKeys(m: MachineId, change: (held: HeldKeys) => KeyChange | null): Promise<MachineRow | null> {
    const row = this.#rows.machines.get(m);
    if (row === undefined) return null;
    const counter = `${m}/${row.g}`;
    const entries = [...this.#rows.outbox.values()].filter((entry) => entry.m === m);
    const changed = change({ row, entries, ctr: this.#rows.counters.get(counter) ?? 1 });
    if (changed === null) return row;
    this.#rows.machines.set(m, changed.row);
    if (changed.ctr !== undefined) this.#rows.counters.set(counter, changed.ctr);
    for (const entry of changed.put ?? []) this.#rows.outbox.set(entryName(entry), entry);
    for (const key of changed.drop ?? []) this.#rows.outbox.delete(entryName(key));
    return changed.row;
  }

  async changeEntry(key: EntryKey, change: (entry: OutboxEntry) => OutboxEntry | null): Promise<OutboxEntry | null> {
    const entry = this.#rows.outbox.get(entryName(key));
    if (entry === undefined) return null;
    const changed = change(entry);
    if (changed === null) this.#rows.outbox.delete(entryName(key));
    else this.#rows.outbox.set(entryName(key), changed);
    return changed;
  }

  async reserveCounters(
    m: MachineId,
    g: number,
    count: number,
  ): Promise<{ readonly g: number; readonly first: number }> {
    return this.#take(m, g, count);
  }

  #take(m: MachineId, g: number, count: number): { readonly g: number; readonly first: number } {
    const now = this.#rows.machines.get(m)?.g ?? g;
    const first = this.#rows.counters.get(`${m}/${now}`) ?? 1;
    this.#rows.counters.set(`${m}/${now}`, first + count);
    return { g: now, first };
  }

  async documents(m: MachineId): Promise<readonly DocRow[]> {
    return [...this.#rows.docs.values()].filter((row) => row.m === m);
  }

  async saveDocuments(m: MachineId, rows: readonly DocRow[], cursor: number): Promise<void> {
    if (!this.#rows.machines.has(m)) return;
    for (const row of rows) {
      const key = docName(m, row.session, row.doc);
      if ((this.#rows.docs.get(key)?.rev ?? -1) < row.rev) this.#rows.docs.set(key, row);
    }
    this.#rows.docCursors.set(m, Math.max(cursor, this.#rows.docCursors.get(m) ?? 0));
  }

  async docCursor(m: MachineId): Promise<number> {
    return this.#rows.docCursors.get(m) ?? 0;
  }

  async log(m: MachineId, s: SessionId): Promise<LogRow | null> {
    return this.#rows.logs.get(`${m}/${s}`) ?? null;
  }

  async saveRecords(
    m: MachineId,
    s: SessionId,
    records: readonly RecordRow[],
    merge: (stored: LogRow | null) => LogRow,
  ): Promise<LogRow> {
    const key = `${m}/${s}`;
    const merged = merge(this.#rows.logs.get(key) ?? null);
    if (!this.#rows.machines.has(m)) return merged;
    let stored = this.#rows.records.get(key);
    if (stored === undefined) this.#rows.records.set(key, (stored = new Map()));
    for (const record of records) stored.set(record.seq, record);
    this.#rows.logs.set(key, merged);
    return merged;
  }

  async records(m: MachineId, s: SessionId, from: number, to: number): Promise<readonly RecordRow[]> {
    const stored = this.#rows.records.get(`${m}/${s}`);
    const found: RecordRow[] = [];
    for (let seq = from; stored !== undefined && seq <= to; seq++) {
      const record = stored.get(seq);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  async evictRecords(keepBytes: number): Promise<void> {
    const newestFirst = [...this.#rows.logs.entries()].sort(([, a], [, b]) => b.usedAt - a.usedAt);
    let total = 0;
    for (const [key, { bytes }] of newestFirst) {
      total += bytes;
      if (total <= keepBytes) continue;
      this.#rows.records.delete(key);
      this.#rows.logs.delete(key);
    }
  }

  async pairing(): Promise<PairingRow | null> {
    return this.#rows.pairing;
  }

  async changePairing(change: (row: PairingRow | null) => PairingRow | null): Promise<PairingRow | null> {
    this.#rows.pairing = change(this.#rows.pairing);
    return this.#rows.pairing;
  }
}

function docName(m: MachineId, session: SessionId, doc: DocId): string {
  return `${m}/${session}/${doc}`;
}

function emptyRows(): Rows {
  return {
    identity: null,
    pairing: null,
    machines: new Map(),
    counters: new Map(),
    outbox: new Map(),
    docs: new Map(),
    docCursors: new Map(),
    logs: new Map(),
    records: new Map(),
  };
}

function copyRows(rows: Rows): Rows {
  return {
    identity: rows.identity,
    pairing: rows.pairing,
    machines: new Map(rows.machines),
    counters: new Map(rows.counters),
    outbox: new Map(rows.outbox),
    docs: new Map(rows.docs),
    docCursors: new Map(rows.docCursors),
    logs: new Map(rows.logs),
    records: new Map([...rows.records].map(([key, records]) => [key, new Map(records)])),
  };
}

// Storage in IndexedDB. No promise but a request of the transaction is awaited inside one: others would let it commit.
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from "idb";
import type { DocId, MachineId, SessionId } from "../../schema/index.ts";
import { endedByPairing } from "./delivery.ts";
import { LastingConnection } from "./lasting-connection.ts";
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

const NAME = "kelpie";
const VERSION = 1;
const ONLY = "only";

interface Rows extends DBSchema {
  identity: { key: string; value: IdentityRow };
  pairing: { key: string; value: PairingRow };
  machines: { key: MachineId; value: MachineRow };
  counters: { key: [MachineId, number]; value: number };
  outbox: { key: [MachineId, number, number]; value: OutboxEntry };
  docs: { key: [MachineId, SessionId, DocId]; value: DocRow };
  cursors: { key: MachineId; value: number };
  logs: { key: [MachineId, SessionId]; value: LogRow };
  records: { key: [MachineId, SessionId, number]; value: RecordRow };
}
type Name = StoreNames<Rows>;
type Writing<N extends Name> = IDBPTransaction<Rows, N[], "readwrite">;

type Database = IDBPDatabase<Rows>;

/** Opens (and on first use creates) the database; rejects where the browser refuses storage. */
export async function openIdbStore(): Promise<LiveStore> {
  const database = new LastingConnection({ open: openDatabase, isClosed: isClosedDatabase });
  await database.use(() => Promise.resolve());
  return new IdbStore(database);
}

function openDatabase(lost: () => void, isAgain: boolean): Promise<Database> {
  return openDB<Rows>(NAME, VERSION, {
    upgrade: (fresh, _from, _to, tx) => {
      if (isAgain) {
        // Deleted under a running page: counters that begin anew would name two commands. The reload pairs again.
        tx.done.catch(() => undefined); // opening fails with the same
        tx.abort();
        return;
      }
      for (const name of ["identity", "pairing", "machines", "cursors", "counters"] as const) {
        fresh.createObjectStore(name);
      }
      for (const name of ["outbox", "docs", "logs", "records"] as const) fresh.createObjectStore(name);
    },
    // A newer tab wants to upgrade: let it, this one reloads its data from the new version later.
    blocking: (_current, _blocked, event) => {
      if (event.target instanceof IDBDatabase) event.target.close();
      lost();
    },
    // Safari does it to pages that were in the background.
    terminated: lost,
  });
}

/** A transaction could not even begin. */
function isClosedDatabase(error: unknown): boolean {
  return error instanceof DOMException && error.name === "InvalidStateError";
}

/** Everything of a machine: keys that begin with its id. */
function ofMachine(m: MachineId): IDBKeyRange {
  return IDBKeyRange.bound([m], [m, []]);
}

class IdbStore implements LiveStore {
  readonly isDurable = true;
  readonly #database: LastingConnection<Database>;

  constructor(database: LastingConnection<Database>) {
    this.#database = database;
  }

  #read<T>(read: (db: Database) => Promise<T>): Promise<T> {
    return this.#database.use(read);
  }

  /** One transaction; the work's own errors abort it and reach the caller first. */
  #write<N extends Name, T>(names: N[], work: (tx: Writing<N>) => Promise<T>): Promise<T> {
    return this.#database.use(async (db) => {
      const tx = db.transaction(names, "readwrite", { durability: "strict" });
      try {
        const result = await work(tx);
        await tx.done;
        return result;
      } catch (error) {
        tx.done.catch(() => undefined); // it is the same failure
        throw error;
      }
    });
  }

  async identity(): Promise<IdentityRow | null> {
    return (await this.#read((db) => db.get("identity", ONLY))) ?? null;
  }

  keepIdentity(fresh: IdentityRow): Promise<IdentityRow> {
    return this.#write(["identity"], async (tx) => {
      const store = tx.objectStore("identity");
      const held = await store.get(ONLY);
      if (held !== undefined) return held;
      await store.put(fresh, ONLY);
      return fresh;
    });
  }

  machines(): Promise<readonly MachineRow[]> {
    return this.#read((db) => db.getAll("machines"));
  }

  adoptMachine(row: MachineRow): Promise<void> {
    return this.#write(["machines", "outbox"], async (tx) => {
      const machines = tx.objectStore("machines");
      const held = await machines.get(row.m);
      await machines.put(row, row.m);
      if (held === undefined || held.keyring.rev === row.keyring.rev) return;
      const outbox = tx.objectStore("outbox");
      for (const entry of await outbox.getAll(ofMachine(row.m))) {
        const key: [MachineId, number, number] = [entry.m, entry.g, entry.ctr];
        const ended = endedByPairing(entry, row);
        if (ended === null) await outbox.delete(key);
        else if (ended !== entry) await outbox.put(ended, key);
      }
    });
  }

  changeMachine(m: MachineId, change: (row: MachineRow) => MachineRow): Promise<MachineRow | null> {
    return this.#write(["machines"], async (tx) => {
      const store = tx.objectStore("machines");
      const row = await store.get(m);
      if (row === undefined) return null;
      const changed = change(row);
      await store.put(changed, m);
      return changed;
    });
  }

  forgetMachine(m: MachineId): Promise<void> {
    // Counters stay: DA stays too, and (d, g, ctr) must never name two commands.
    const keyed = ["outbox", "docs", "logs", "records"] as const;
    return this.#write([...keyed, "machines", "cursors"], async (tx) => {
      for (const name of keyed) await tx.objectStore(name).delete(ofMachine(m));
      await tx.objectStore("machines").delete(m);
      await tx.objectStore("cursors").delete(m);
    });
  }

  outbox(m: MachineId): Promise<readonly OutboxEntry[]> {
    return this.#read((db) => db.getAll("outbox", ofMachine(m)));
  }

  enqueue(m: MachineId, g: number, make: (ctr: number, g: number) => OutboxEntry): Promise<OutboxEntry> {
    return this.#write(["counters", "outbox", "machines"], async (tx) => {
      const counters = tx.objectStore("counters");
      const now = (await tx.objectStore("machines").get(m))?.g ?? g;
      const ctr = (await counters.get([m, now])) ?? 1;
      const entry = make(ctr, now);
      await counters.put(ctr + 1, [m, now]);
      await tx.objectStore("outbox").put(entry, [m, now, ctr]);
      return entry;
    });
  }

  changeKeys(m: MachineId, change: (held: HeldKeys) => KeyChange | null): Promise<MachineRow | null> {
    return this.#write(["machines", "outbox", "counters"], async (tx) => {
      const [machines, outbox, counters] = [
        tx.objectStore("machines"),
        tx.objectStore("outbox"),
        tx.objectStore("counters"),
      ];
      const row = await machines.get(m);
      if (row === undefined) return null;
      const held = { row, entries: await outbox.getAll(ofMachine(m)), ctr: (await counters.get([m, row.g])) ?? 1 };
      const changed = change(held);
      if (changed === null) return row;
      const { put = [], drop = [], ctr = held.ctr } = changed;
      await machines.put(changed.row, m);
      await counters.put(ctr, [m, row.g]);
      for (const entry of put) await outbox.put(entry, [entry.m, entry.g, entry.ctr]);
      for (const key of drop) await outbox.delete([key.m, key.g, key.ctr]);
      return changed.row;
    });
  }

  changeEntry(
    { m, g, ctr }: EntryKey,
    change: (entry: OutboxEntry) => OutboxEntry | null,
  ): Promise<OutboxEntry | null> {
    return this.#write(["outbox"], async (tx) => {
      const store = tx.objectStore("outbox");
      const entry = await store.get([m, g, ctr]);
      if (entry === undefined) return null;
      const changed = change(entry);
      if (changed === null) await store.delete([m, g, ctr]);
      else if (changed !== entry) await store.put(changed, [m, g, ctr]);
      return changed;
    });
  }

  reserveCounters(m: MachineId, g: number, count: number): Promise<{ readonly g: number; readonly first: number }> {
    return this.#write(["counters", "machines"], async (tx) => {
      const store = tx.objectStore("counters");
      const now = (await tx.objectStore("machines").get(m))?.g ?? g;
      const first = (await store.get([m, now])) ?? 1;
      await store.put(first + count, [m, now]);
      return { g: now, first };
    });
  }

  documents(m: MachineId): Promise<readonly DocRow[]> {
    return this.#read((db) => db.getAll("docs", ofMachine(m)));
  }

  async docCursor(m: MachineId): Promise<number> {
    return (await this.#read((db) => db.get("cursors", m))) ?? 0;
  }

  saveDocuments(m: MachineId, rows: readonly DocRow[], cursor: number): Promise<void> {
    return this.#write(["docs", "cursors", "machines"], async (tx) => {
      if ((await tx.objectStore("machines").getKey(m)) === undefined) return;
      const docs = tx.objectStore("docs");
      for (const row of rows) {
        const held = await docs.get([m, row.session, row.doc]);
        if ((held?.rev ?? -1) < row.rev) await docs.put(row, [m, row.session, row.doc]);
      }
      const cursors = tx.objectStore("cursors");
      await cursors.put(Math.max(cursor, (await cursors.get(m)) ?? 0), m);
    });
  }

  async log(m: MachineId, s: SessionId): Promise<LogRow | null> {
    return (await this.#read((db) => db.get("logs", [m, s]))) ?? null;
  }

  saveRecords(
    m: MachineId,
    s: SessionId,
    records: readonly RecordRow[],
    merge: (stored: LogRow | null) => LogRow,
  ): Promise<LogRow> {
    return this.#write(["records", "logs", "machines"], async (tx) => {
      const logs = tx.objectStore("logs");
      const merged = merge((await logs.get([m, s])) ?? null);
      if ((await tx.objectStore("machines").getKey(m)) === undefined) return merged;
      const store = tx.objectStore("records");
      await Promise.all(records.map((record) => store.put(record, [m, s, record.seq])));
      await logs.put(merged, [m, s]);
      return merged;
    });
  }

  records(m: MachineId, s: SessionId, from: number, to: number): Promise<readonly RecordRow[]> {
    if (to < from) return Promise.resolve([]);
    return this.#read((db) => db.getAll("records", IDBKeyRange.bound([m, s, from], [m, s, to])));
  }

  async evictRecords(keepBytes: number): Promise<void> {
    const logs = (await this.#read((db) => db.getAll("logs"))).sort((a, b) => b.usedAt - a.usedAt);
    let total = 0;
    for (const { m, s, bytes } of logs) {
      total += bytes;
      if (total <= keepBytes) continue;
      await this.#write(["records", "logs"], async (tx) => {
        await tx.objectStore("records").delete(IDBKeyRange.bound([m, s], [m, s, []]));
        await tx.objectStore("logs").delete([m, s]);
      });
    }
  }

  async pairing(): Promise<PairingRow | null> {
    return (await this.#read((db) => db.get("pairing", ONLY))) ?? null;
  }

  changePairing(change: (row: PairingRow | null) => PairingRow | null): Promise<PairingRow | null> {
    return this.#write(["pairing"], async (tx) => {
      const store = tx.objectStore("pairing");
      const changed = change((await store.get(ONLY)) ?? null);
      if (changed === null) await store.delete(ONLY);
      else await store.put(changed, ONLY);
      return changed;
    });
  }
}

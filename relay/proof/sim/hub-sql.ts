// The SQL of one Durable Object on node:sqlite. What an event writes is lost with a crash until it is flushed: one open
// transaction holds it, and the object's own transactions are savepoints within.
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { createTables, type HubStorage, type Rows, type Sql } from "../../../worker/hub/storage.ts";

type SqlValue = string | number | null | ArrayBuffer | ArrayBufferView;

/** Rows already read; iterable once or more. */
class ReadRows<T> implements Rows<T> {
  readonly #rows: T[];

  constructor(rows: T[]) {
    this.#rows = rows;
  }

  toArray(): T[] {
    return this.#rows;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#rows[Symbol.iterator]();
  }
}

/** Statements on one connection. */
class Statements implements Sql {
  readonly #sqlite: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  exec<T extends Record<string, string | number | null | ArrayBuffer>>(query: string, ...values: SqlValue[]): Rows<T> {
    const rows = this.#prepare(query).all(...values.map(bound));
    // The rules name their columns' types themselves, as with the platform's own SqlStorage.
    return new ReadRows(rows.map((row) => plain(row) as T));
  }

  get databaseSize(): number {
    return this.number(
      "SELECT (page_count - freelist_count) * page_size AS n " +
        "FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
    );
  }

  /** The column `n` of the only row. */
  number(query: string): number {
    return Number(this.#prepare(query).all()[0]?.["n"]);
  }

  #prepare(query: string): StatementSync {
    const known = this.#prepared.get(query);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(query);
    this.#prepared.set(query, statement);
    return statement;
  }
}

export class HubSql implements HubStorage {
  readonly sqlite = new DatabaseSync(":memory:");
  readonly sql = new Statements(this.sqlite);
  #flushedChanges = 0;

  constructor() {
    createTables(this.sql);
    this.sqlite.exec("BEGIN");
    this.#flushedChanges = this.#changes();
  }

  transactionSync<T>(run: () => T): T {
    this.sqlite.exec("SAVEPOINT event");
    try {
      const result = run();
      this.sqlite.exec("RELEASE event");
      return result;
    } catch (error) {
      this.sqlite.exec("ROLLBACK TO event");
      this.sqlite.exec("RELEASE event");
      throw error;
    }
  }

  /** True while something is written and not yet kept. */
  isDirty(): boolean {
    return this.#changes() !== this.#flushedChanges;
  }

  /** What is written is kept from now on. */
  flush(): void {
    this.sqlite.exec("COMMIT");
    this.sqlite.exec("BEGIN");
    this.#flushedChanges = this.#changes();
  }

  /** What was not kept is gone. */
  lose(): void {
    this.sqlite.exec("ROLLBACK");
    this.sqlite.exec("BEGIN");
    this.#flushedChanges = this.#changes();
  }

  #changes(): number {
    return this.sql.number("SELECT total_changes() AS n");
  }
}

function bound(value: SqlValue): SQLInputValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Blobs as ArrayBuffers of their own, as the platform gives them. */
function plain(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const name of Object.keys(row)) {
    const value = row[name];
    made[name] = value instanceof Uint8Array ? value.slice().buffer : value;
  }
  return made;
}

// The hub's storage as its rules see it: SQLite, synchronous. The Durable Object's own fits this.
type SqlValue = string | number | null | ArrayBuffer | ArrayBufferView;
type Row = Record<string, string | number | null | ArrayBuffer>;

/** Rows of a query, read as they are iterated: never keep one across an await. */
export interface Rows<T> extends Iterable<T> {
  toArray(): T[];
}

/** SQL of one object. */
export interface Sql {
  exec<T extends Row>(query: string, ...values: SqlValue[]): Rows<T>;
  /** Bytes in use, free pages not counted. */
  readonly databaseSize: number;
}

/** A throw inside `transactionSync` rolls everything in it back. */
export interface HubStorage {
  readonly sql: Sql;
  transactionSync<T>(run: () => T): T;
}

/** The only row of a query that has one at most. */
export function firstRow<T extends Row>(rows: Rows<T>): T | null {
  for (const row of rows) return row;
  return null;
}

// WITHOUT ROWID: a record is written once, and a catch-up reads neighbours. Which record is oldest stands in its header.
const TABLES = [
  "sess(s TEXT PRIMARY KEY, head INTEGER, floor INTEGER, bytes INTEGER, retired INTEGER) WITHOUT ROWID",
  "rec(s TEXT, q INTEGER, frame BLOB, PRIMARY KEY(s, q)) WITHOUT ROWID",
  "doc(s TEXT, d TEXT, rev INTEGER, frame BLOB, PRIMARY KEY(s, d)) WITHOUT ROWID",
  "ring(d TEXT PRIMARY KEY, rev INTEGER, frame BLOB) WITHOUT ROWID",
  "q(d TEXT, g INTEGER, ctr INTEGER, exp INTEGER, frame BLOB, PRIMARY KEY(d, g, ctr)) WITHOUT ROWID",
  "blob(bid TEXT, idx INTEGER, s TEXT, q INTEGER, frame BLOB, PRIMARY KEY(bid, idx)) WITHOUT ROWID",
  "meta(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID",
];
const INDEXES = ["doc_rev ON doc(rev)", "q_exp ON q(exp)", "blob_sq ON blob(s, q)"];

/** Creates what is missing; writes nothing when all is there. */
export function createTables(sql: Sql): void {
  for (const table of TABLES) sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
  for (const index of INDEXES) sql.exec(`CREATE INDEX IF NOT EXISTS ${index}`);
}

/** A BLOB column as bytes. */
export function bytesOfColumn(column: ArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(column);
}

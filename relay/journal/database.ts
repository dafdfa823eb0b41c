// The relay's SQLite file: opened with full durability, or refused untouched. Knows no table's meaning.
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AppError } from "../../schema/index.ts";
import { failpoint } from "../failpoint.ts";
import { integerOf, type Row } from "./row.ts";
import { SCHEMA_VERSION, TABLES } from "./tables.ts";

const FILE_NAME = "relay.db";

/** Primary result codes of SQLite (sqlite.org/rescode.html): what the disk, not our code, did wrong. */
const DISK_TROUBLE = new Map<number, string>([
  [8, "the database is read-only"],
  [10, "the disk failed"],
  [11, "the database is damaged"],
  [13, "the disk is full"],
  [14, "the database cannot be opened"],
  [26, "the file is no database"],
]);

const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
`;

/** Synchronous SQL with cached statements. One writer, one process. */
export interface Database {
  readonly path: string;
  get(sql: string, ...parameters: SQLInputValue[]): Row | undefined;
  all(sql: string, ...parameters: SQLInputValue[]): Row[];
  /** Returns the number of changed rows. */
  run(sql: string, ...parameters: SQLInputValue[]): number;
  /** All of `work` or nothing; joins the transaction it is called in. E_DISK when it cannot be committed. `work` is synchronous. */
  transaction<T>(work: () => T): T;
  /** Moves what was erased out of the write-ahead log as well. */
  checkpoint(): void;
  /** Idempotent. */
  close(): void;
}

/**
 * Opens `<folder>/relay.db`, making it (0600) if there is none. E_DISK, with the next step in `data.next`, for a damaged
 * database or one of a newer Kelpie; the files are then as they were.
 */
export function openDatabase(folder: string): Database {
  const path = join(folder, FILE_NAME);
  refuseUnreadable(path);
  return guarded(() => {
    closeSync(openSync(path, "a", 0o600));
    return openDatabaseOn(path, new DatabaseSync(path, { timeout: 2000 }));
  });
}

/** The same over a connection that is open already; `path` only names it. */
export function openDatabaseOn(path: string, sqlite: DatabaseSync): Database {
  sqlite.exec(PRAGMAS);
  const database = new SqliteDatabase(path, sqlite);
  database.transaction(() => {
    sqlite.exec(TABLES);
    sqlite.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
  return database;
}

/** Looks before touching: a read-only look at an immutable file leaves no trace, not even a -shm file. */
function refuseUnreadable(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const url = pathToFileURL(path);
  const wal = `${path}-wal`;
  // After a crash the newest pages are in the write-ahead log, which "immutable" would pass over.
  const hasLog = existsSync(wal) && statSync(wal).size > 0;
  if (!hasLog) url.search = "immutable=1";
  guarded(() => {
    const sqlite = new DatabaseSync(url, { readOnly: true });
    try {
      const version = integerOf(sqlite.prepare("PRAGMA user_version").get() ?? {}, "user_version");
      if (version > SCHEMA_VERSION) {
        throw new AppError("E_DISK", {
          reason: `${path} was written by a newer Kelpie`,
          next: "Update this copy of Kelpie, or set KELPIE_HOME to another folder.",
        });
      }
      sqlite.prepare("SELECT count(*) FROM sqlite_master").get();
      if (version > 0) sqlite.prepare("SELECT count(*) FROM meta").get();
    } finally {
      sqlite.close();
    }
  }, path);
}

/** Runs `work`; what the disk did wrong becomes E_DISK, everything else passes. */
function guarded<T>(work: () => T, path?: string): T {
  try {
    return work();
  } catch (cause) {
    const trouble = diskTrouble(cause);
    if (trouble === null) throw cause;
    const where = path === undefined ? "" : `${path}: `;
    const next =
      path === undefined
        ? "Free some space or check the disk, then start again."
        : `Move ${path} away (and its -wal and -shm files) to start anew, or restore it from a backup.`;
    throw new AppError("E_DISK", { reason: `${where}${trouble}`, next }, { cause });
  }
}

function diskTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("errcode" in error && typeof error.errcode === "number") return DISK_TROUBLE.get(error.errcode & 0xff) ?? null;
  if ("code" in error && (error.code === "ENOSPC" || error.code === "EIO" || error.code === "EROFS")) {
    return error.code === "ENOSPC" ? "the disk is full" : "the disk failed";
  }
  return null;
}

class SqliteDatabase implements Database {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  constructor(path: string, sqlite: DatabaseSync) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  get(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return guarded(() => this.#prepare(sql).get(...parameters));
  }

  all(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return guarded(() => this.#prepare(sql).all(...parameters));
  }

  run(sql: string, ...parameters: SQLInputValue[]): number {
    // A statement on its own is a commit.
    const isAlone = this.#depth === 0;
    if (isAlone) failpoint("db.write.before");
    const changes = guarded(() => Number(this.#prepare(sql).run(...parameters).changes));
    if (isAlone) failpoint("db.write.after");
    return changes;
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    return guarded(() => {
      this.#sqlite.exec("BEGIN IMMEDIATE");
      this.#depth++;
      try {
        const result = work();
        failpoint("db.commit.before");
        this.#sqlite.exec("COMMIT");
        failpoint("db.commit.after");
        return result;
      } catch (error) {
        // A full disk has often rolled back by itself.
        if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
        throw error;
      } finally {
        this.#depth--;
      }
    });
  }

  checkpoint(): void {
    guarded(() => this.#sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  }

  close(): void {
    if (!this.#sqlite.isOpen) return;
    this.#statements.clear();
    this.#sqlite.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

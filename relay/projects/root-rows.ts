// Registered projects and their worktrees: one row each. A removed one keeps its row, so that its id stays its own.
import { type Hash, hash, type RootId, rootId } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { type Row, textOf } from "../journal/row.ts";
import type { ProgramFile } from "./program-files.ts";

/** What a person trusted, with the words they saw. */
export interface Trusted {
  readonly digest: Hash;
  readonly files: readonly ProgramFile[];
}

export interface RootRow {
  readonly root: RootId;
  /** Absolute, links resolved. */
  readonly path: string;
  readonly name: string;
  /** The project this is a worktree of; null for a project itself. */
  readonly project: RootId | null;
  readonly trusted: Trusted | null;
  /** Epoch ms. */
  readonly added: number;
  readonly isRemoved: boolean;
}

/** Rows of table `root`. The only SQL about it. */
export class RootRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Inserts or replaces; committed when it returns. */
  save({ root, path, name, project, trusted, added, isRemoved }: RootRow): void {
    this.#db.run(
      `INSERT INTO root (root, path, name, project, trusted_digest, trusted, added, removed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (root) DO UPDATE SET name = excluded.name, project = excluded.project,
         trusted_digest = excluded.trusted_digest, trusted = excluded.trusted, removed = excluded.removed`,
      root,
      path,
      name,
      project,
      trusted?.digest ?? null,
      trusted === null ? null : JSON.stringify(trusted.files),
      added,
      isRemoved ? 1 : null,
    );
  }

  get(root: RootId): RootRow | null {
    const row = this.#db.get("SELECT * FROM root WHERE root = ?", root);
    return row === undefined ? null : readRoot(row);
  }

  /** Also a removed one. */
  at(path: string): RootRow | null {
    const row = this.#db.get("SELECT * FROM root WHERE path = ?", path);
    return row === undefined ? null : readRoot(row);
  }

  /** Registered projects, oldest first. */
  projects(): readonly RootRow[] {
    return this.#list("project IS NULL");
  }

  /** Registered worktrees of a project, oldest first. */
  worktrees(project: RootId): readonly RootRow[] {
    return this.#list("project = ?", project);
  }

  #list(where: string, ...parameters: string[]): readonly RootRow[] {
    const sql = `SELECT * FROM root WHERE removed IS NULL AND ${where} ORDER BY added, rowid`;
    return this.#db.all(sql, ...parameters).map(readRoot);
  }
}

function readRoot(row: Row): RootRow {
  const project = row["project"];
  return {
    root: rootId.parse(textOf(row, "root")),
    path: textOf(row, "path"),
    name: textOf(row, "name"),
    project: typeof project === "string" ? rootId.parse(project) : null,
    trusted: readTrusted(row),
    added: Number(row["added"]),
    isRemoved: row["removed"] !== null,
  };
}

function readTrusted(row: Row): Trusted | null {
  if (row["trusted_digest"] === null) return null;
  // Our own JSON, written by save().
  const files: ProgramFile[] = JSON.parse(textOf(row, "trusted"));
  return { digest: hash.parse(textOf(row, "trusted_digest")), files };
}

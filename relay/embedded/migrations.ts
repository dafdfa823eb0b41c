// Brings the registry's tables up to date from the SQL files that drizzle-kit generated; the deployed Worker uses
// wrangler for the same files and the same table of applied names.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare } from "miniflare";

/** The registry as miniflare hands it out. */
type D1Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

const APPLIED = "d1_migrations";

/** The database holds migrations that this version does not know: a newer Kelpie wrote it. */
export class NewerDatabaseError extends Error {
  constructor(names: readonly string[]) {
    super(`the database was written by a newer version (${names.join(", ")})`);
  }
}

/**
 * Applies, in order of name and each as one transaction, the `*.sql` files of `folder` that are not applied yet.
 * Idempotent. Throws `NewerDatabaseError` before it changes anything.
 */
export async function applyMigrations(db: D1Database, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const applied = await readApplied(db);
  const unknown = [...applied].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new NewerDatabaseError(unknown);
  for (const name of names.filter((each) => !applied.has(each))) {
    const sql = await readFile(join(folder, name), "utf8");
    const statements = sql
      .split("--> statement-breakpoint")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare(`INSERT INTO ${APPLIED} (name) VALUES (?)`).bind(name),
    ]);
  }
}

async function readApplied(db: D1Database): Promise<Set<string>> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${APPLIED} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ` +
        "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await db.prepare(`SELECT name FROM ${APPLIED} ORDER BY id`).all<{ name: string }>();
  return new Set(results.map((row) => row.name));
}

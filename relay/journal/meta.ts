// Small named values of the relay: the newest rev used, restore marks.
import type { Database } from "./database.ts";
import { textOf } from "./row.ts";

/** The value under a name; null when there is none. */
export function metaGet(db: Database, key: string): string | null {
  const row = db.get("SELECT value FROM meta WHERE key = ?", key);
  return row === undefined ? null : textOf(row, "value");
}

/** Sets a named value. */
export function metaSet(db: Database, key: string, value: string): void {
  db.run(
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    key,
    value,
  );
}

/** `rev` of documents, keyrings and grants: newest used + 1, or relay time when that is more (protocol 1). */
export function nextRev(newestUsed: number, now: number): number {
  return Math.max(newestUsed + 1, now);
}

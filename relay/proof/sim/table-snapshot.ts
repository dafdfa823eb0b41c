// All rows of a SQLite database, to set it back to: a restored backup, a point-in-time recovery.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SQLInputValue[])[];
}

export type Snapshot = readonly Table[];

/** Reads everything that is there now. */
export function takeSnapshot(sqlite: DatabaseSync): Snapshot {
  return tableNames(sqlite).map((name) => {
    const rows = sqlite.prepare(`SELECT * FROM ${name}`).all();
    const columns = Object.keys(rows[0] ?? {});
    return { name, columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) };
  });
}

/** Puts it back, and nothing else. Call outside of any transaction, or inside of one. */
export function restoreSnapshot(sqlite: DatabaseSync, snapshot: Snapshot): void {
  for (const name of tableNames(sqlite)) sqlite.exec(`DELETE FROM ${name}`);
  for (const { name, columns, rows } of snapshot) {
    if (rows.length === 0) continue;
    const insert = sqlite.prepare(
      `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of rows) insert.run(...row);
  }
}

function tableNames(sqlite: DatabaseSync): string[] {
  return sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map((row) => String(row["name"]));
}

// Table `epoch`: content roots, newest last.
import type { Bytes } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { bytesOf, integerOf } from "../journal/row.ts";

/** One content root. */
export interface EpochRow {
  readonly e: number;
  readonly c: Bytes;
  /** Epoch ms of its first commit. */
  readonly at: number;
}

/** Every retained epoch, lowest first. */
export function allEpochs(db: Database): EpochRow[] {
  return db
    .all("SELECT e, c, at FROM epoch ORDER BY e")
    .map((row) => ({ e: integerOf(row, "e"), c: bytesOf(row, "c"), at: integerOf(row, "at") }));
}

/** Adds the next epoch; call inside a transaction. */
export function insertEpoch(db: Database, { e, c, at }: EpochRow): void {
  db.run("INSERT INTO epoch (e, c, at) VALUES (?, ?, ?)", e, c, at);
}

/** Drops an epoch that nothing kept is sealed under. */
export function deleteEpoch(db: Database, e: number): void {
  db.run("DELETE FROM epoch WHERE e = ?", e);
}

/** Epochs below the current one that no kept record, blob or document is sealed under. */
export function unusedEpochs(db: Database): number[] {
  return db
    .all(
      `SELECT e FROM epoch WHERE e < (SELECT max(e) FROM epoch)
       AND NOT EXISTS (SELECT 1 FROM rec WHERE rec.epoch = epoch.e)
       AND NOT EXISTS (SELECT 1 FROM doc WHERE doc.epoch = epoch.e) ORDER BY e`,
    )
    .map((row) => integerOf(row, "e"));
}

// Table `item`: items of sessions from an earlier boot, durable and without a seq until heads were compared.
import type { SessionId } from "../../schema/index.ts";
import type { Database } from "./database.ts";
import { integerOf, textOf } from "./row.ts";

/** One waiting item, without its text. */
export interface WaitingItem {
  readonly session: SessionId;
  readonly row: number;
  readonly size: number;
  readonly isUrgent: boolean;
}

/** Keeps an item; returns its row. Call inside a transaction. */
export function insertItem(db: Database, session: SessionId, json: string, size: number, isUrgent: boolean): number {
  const row = db.get(
    "INSERT INTO item (s, size, urgent, json) VALUES (?, ?, ?, ?) RETURNING n",
    session,
    size,
    Number(isUrgent),
    json,
  );
  return integerOf(row ?? {}, "n");
}

/** Every waiting item in the order it was kept. */
export function waitingItems(db: Database): WaitingItem[] {
  return db.all("SELECT n, s, size, urgent FROM item ORDER BY n").map((row) => ({
    session: textOf(row, "s") as SessionId,
    row: integerOf(row, "n"),
    size: integerOf(row, "size"),
    isUrgent: integerOf(row, "urgent") === 1,
  }));
}

/** The text of a waiting item; a missing row is a defect. */
export function itemJson(db: Database, row: number): string {
  return textOf(db.get("SELECT json FROM item WHERE n = ?", row) ?? {}, "json");
}

/** Forgets an item that is in a record now; in the record's own transaction. */
export function deleteItem(db: Database, row: number): void {
  db.run("DELETE FROM item WHERE n = ?", row);
}

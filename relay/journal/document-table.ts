// Table `doc`: the newest revision of every document, as value and as sealed frame.
import type { Bytes, DocId, SessionId } from "../../schema/index.ts";
import type { Database } from "./database.ts";
import { bytesOf, integerOf, textOf } from "./row.ts";

/** One revision as it is committed. */
export interface NewDocument {
  readonly session: SessionId;
  readonly name: string;
  readonly doc: DocId;
  readonly rev: number;
  readonly epoch: number;
  /** The value's JSON; "null" when it is deleted. */
  readonly json: string;
  readonly frame: Bytes;
}

/** Replaces the older revision; call inside a transaction. */
export function replaceDocument(db: Database, document: NewDocument): void {
  const { session, name, doc, rev, epoch, json, frame } = document;
  db.run(
    "INSERT OR REPLACE INTO doc (s, name, d, rev, epoch, value, frame) VALUES (?, ?, ?, ?, ?, ?, ?)",
    session,
    name,
    doc,
    rev,
    epoch,
    json,
    frame,
  );
}

/** JSON of the newest revision; null when there never was one. */
export function documentJson(db: Database, session: SessionId, name: string): string | null {
  const row = db.get("SELECT value FROM doc WHERE s = ? AND name = ?", session, name);
  return row === undefined ? null : textOf(row, "value");
}

/** Frames with a higher rev, in rev order. */
export function documentsSince(db: Database, rev: number, limit: number): { rev: number; frame: Bytes }[] {
  return db
    .all("SELECT rev, frame FROM doc WHERE rev > ? ORDER BY rev LIMIT ?", rev, limit)
    .map((row) => ({ rev: integerOf(row, "rev"), frame: bytesOf(row, "frame") }));
}

/** Newest revisions first. */
export function newestDocuments(db: Database, limit: number): (readonly [SessionId, DocId, number])[] {
  return db
    .all("SELECT s, d, rev FROM doc ORDER BY rev DESC LIMIT ?", limit)
    .map((row) => [textOf(row, "s") as SessionId, textOf(row, "d") as DocId, integerOf(row, "rev")] as const);
}

/** Which document. */
export type StoredDocument = Pick<NewDocument, "session" | "name">;

/** Every document, oldest revision first. */
export function storedDocuments(db: Database): StoredDocument[] {
  return db.all("SELECT s, name FROM doc ORDER BY rev").map((row) => ({
    session: textOf(row, "s") as SessionId,
    name: textOf(row, "name"),
  }));
}

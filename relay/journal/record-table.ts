// Tables `rec` and `blob`: committed records, and the blob frames that each lists.
import type { Bytes, Hash, SessionId } from "../../schema/index.ts";
import type { Database } from "./database.ts";
import type { LogHead, StoredRecord } from "./ports.ts";
import { bytesOf, integerOf, textOf, type Row } from "./row.ts";

/** A record as it is committed. */
export interface NewRecord {
  readonly session: SessionId;
  readonly seq: number;
  readonly h: Hash;
  readonly epoch: number;
  readonly at: number;
  readonly frame: Bytes;
  readonly blobs: readonly { readonly bid: string; readonly idx: number; readonly frame: Bytes }[];
}

/** The newest record of one session. */
export interface NewestRecord extends LogHead {
  readonly session: SessionId;
  readonly epoch: number;
  readonly at: number;
  readonly frame: Bytes;
}

/** Inserts a record with its blobs; call inside a transaction. Throws when (session, seq) exists: no seq has two contents. */
export function insertRecord(db: Database, record: NewRecord): void {
  const { session, seq, h, epoch, at, frame, blobs } = record;
  db.run(
    "INSERT INTO rec (s, q, h, epoch, at, blobs, frame) VALUES (?, ?, ?, ?, ?, ?, ?)",
    session,
    seq,
    h,
    epoch,
    at,
    blobs.length,
    frame,
  );
  for (const blob of blobs) {
    db.run(
      "INSERT INTO blob (bid, idx, s, q, frame) VALUES (?, ?, ?, ?, ?)",
      blob.bid,
      blob.idx,
      session,
      seq,
      blob.frame,
    );
  }
}

/** Whether anything was ever recorded here. */
export function hasRecords(db: Database): boolean {
  return db.get("SELECT 1 FROM rec LIMIT 1") !== undefined;
}

// A step per session along the primary key; GROUP BY would walk every record.
const NEWEST = `
WITH RECURSIVE each_session (s) AS (
  SELECT min(s) FROM rec
  UNION ALL
  SELECT (SELECT min(s) FROM rec WHERE s > each_session.s) FROM each_session WHERE each_session.s IS NOT NULL)
SELECT rec.s, rec.q, rec.h, rec.epoch, rec.at, rec.frame FROM each_session
JOIN rec ON rec.s = each_session.s AND rec.q = (SELECT max(q) FROM rec WHERE s = each_session.s)`;

/** The newest record of every session. */
export function newestRecords(db: Database): NewestRecord[] {
  return db.all(NEWEST).map((row) => ({
    session: textOf(row, "s") as SessionId,
    seq: integerOf(row, "q"),
    h: textOf(row, "h") as Hash,
    epoch: integerOf(row, "epoch"),
    at: integerOf(row, "at"),
    frame: bytesOf(row, "frame"),
  }));
}

/** h of one record; null when it is not held. */
export function recordHashAt(db: Database, session: SessionId, seq: number): Hash | null {
  const row = db.get("SELECT h FROM rec WHERE s = ? AND q = ?", session, seq);
  return row === undefined ? null : (textOf(row, "h") as Hash);
}

/** Lowest seq held of a session; null without any. */
export function oldestSeq(db: Database, session: SessionId): number | null {
  const row = db.get("SELECT min(q) AS q FROM rec WHERE s = ?", session);
  return row === undefined || row["q"] === null ? null : integerOf(row, "q");
}

/** Records from `from` on, oldest first, until either limit; at least one when there is any. Blobs count as bytes. */
export function readRecords(
  db: Database,
  session: SessionId,
  from: number,
  limit: { readonly maxBytes: number; readonly maxRecords: number },
): StoredRecord[] {
  const records: StoredRecord[] = [];
  let size = 0;
  // A page at a time: LIMIT alone would load 64 records where the bytes of one are asked.
  while (records.length < limit.maxRecords) {
    const row = db.get(
      "SELECT q, blobs, frame FROM rec WHERE s = ? AND q >= ? ORDER BY q LIMIT 1",
      session,
      (records.at(-1)?.seq ?? from - 1) + 1,
    );
    if (row === undefined) return records;
    const record = storedRecord(db, session, row);
    size += record.frame.length + record.blobs.reduce((sum, blob) => sum + blob.length, 0);
    if (records.length > 0 && size > limit.maxBytes) return records;
    records.push(record);
  }
  return records;
}

function storedRecord(db: Database, session: SessionId, row: Row): StoredRecord {
  const seq = integerOf(row, "q");
  const blobs =
    integerOf(row, "blobs") === 0
      ? []
      : db
          .all("SELECT frame FROM blob WHERE s = ? AND q = ? ORDER BY bid, idx", session, seq)
          .map((blob) => bytesOf(blob, "frame"));
  return { session, seq, blobs, frame: bytesOf(row, "frame") };
}

/** One stored BLOB frame of a session; null when there is none. */
export function blobFrame(db: Database, session: SessionId, bid: string, idx: number): Bytes | null {
  const row = db.get("SELECT frame FROM blob WHERE bid = ? AND idx = ? AND s = ?", bid, idx, session);
  return row === undefined ? null : bytesOf(row, "frame");
}

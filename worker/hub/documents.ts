// The newest revision of every document, in the order of their revs (one counter for the whole machine).
import { MACHINE_SESSION, type Bytes, type DocId, type Frame } from "../../schema/index.ts";
import { bytesOfColumn, firstRow, type Sql } from "./storage.ts";

/**
 * Where a device stands among the documents: it has every one it wants up to `rev`. Up to `until` it wants the machine's
 * documents and heads from `heads` on; above that, everything.
 */
export interface DocCursor {
  rev: number;
  readonly until: number;
  readonly heads: number;
}

/** One stored document. */
export interface StoredDoc {
  readonly rev: number;
  readonly frame: Bytes;
}

type DocRow = { rev: number; frame: ArrayBuffer };

/** Stores and reads documents. */
export class Documents {
  readonly #sql: Sql;
  readonly #headDoc: DocId;

  /** `headDoc` is the id of the document "head", which every session has. */
  constructor(sql: Sql, headDoc: DocId) {
    this.#sql = sql;
    this.#headDoc = headDoc;
  }

  /** True when this rev is newer than what is stored under its name. */
  put(frame: Frame<"DOC">): boolean {
    const { session, doc, rev } = frame.header;
    const before = firstRow(this.#sql.exec<{ rev: number }>("SELECT rev FROM doc WHERE s = ? AND d = ?", session, doc));
    if (before !== null && before.rev >= rev) return false;
    this.#sql.exec(
      "INSERT OR REPLACE INTO doc (s, d, rev, frame) VALUES (?, ?, ?, ?)",
      ...[session, doc, rev, frame.bytes],
    );
    return true;
  }

  /** The newest rev of all; 0 when there is none. */
  newestRev(): number {
    return firstRow(this.#sql.exec<{ rev: number | null }>("SELECT max(rev) AS rev FROM doc"))?.rev ?? 0;
  }

  /** A cursor for a device that holds everything up to `rev`; 0 = it holds nothing, and gets the `firstHeads` newest. */
  cursor(rev: number, firstHeads: number): DocCursor {
    if (rev > 0) return { rev, until: 0, heads: 0 };
    const oldest = firstRow(
      this.#sql.exec<{ rev: number }>(
        "SELECT rev FROM doc WHERE d = ? AND s <> ? ORDER BY rev DESC LIMIT 1 OFFSET ?",
        ...[this.#headDoc, MACHINE_SESSION, firstHeads - 1],
      ),
    );
    return { rev: 0, until: this.newestRev(), heads: oldest?.rev ?? 0 };
  }

  /** What the cursor still wants, in rev order. */
  *readAfter(cursor: DocCursor): Generator<StoredDoc> {
    const rows = this.#sql.exec<DocRow>(
      "SELECT rev, frame FROM doc WHERE rev > ? AND (rev > ? OR s = ? OR (d = ? AND rev >= ?)) ORDER BY rev",
      ...[cursor.rev, cursor.until, MACHINE_SESSION, this.#headDoc, cursor.heads],
    );
    for (const { rev, frame } of rows) yield { rev, frame: bytesOfColumn(frame) };
  }

  /** Session heads below a rev, newest first. */
  *headsBefore(rev: number): Generator<StoredDoc> {
    const rows = this.#sql.exec<DocRow>(
      "SELECT rev, frame FROM doc WHERE rev < ? AND d = ? AND s <> ? ORDER BY rev DESC",
      ...[rev, this.#headDoc, MACHINE_SESSION],
    );
    for (const { rev: each, frame } of rows) yield { rev: each, frame: bytesOfColumn(frame) };
  }
}

// Chunks of items too large for a record. They live and leave with the record that lists them.
import { AppError, BLOB_BYTES, BLOB_CHUNK_BYTES, type BlobId, type Bytes, type Frame } from "../../schema/index.ts";
import { bytesOfColumn, firstRow, type Sql } from "./storage.ts";

const CHUNKS = Math.ceil(BLOB_BYTES / BLOB_CHUNK_BYTES);

/** Stores and reads blob chunks. */
export class Blobs {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Keeps a chunk until record `q` of its session leaves. A chunk already held is kept as it is. */
  put(frame: Frame<"BLOB">, q: number): void {
    const { session, bid, idx, cnt } = frame.header;
    if (cnt > CHUNKS) throw new AppError("E_SIZE", { reason: "too many chunks" });
    if (idx >= cnt) throw new AppError("E_FRAME", { reason: "chunk beyond its blob" });
    this.#sql.exec(
      "INSERT OR IGNORE INTO blob (bid, idx, s, q, frame) VALUES (?, ?, ?, ?, ?)",
      ...[bid, idx, session, q, frame.bytes],
    );
  }

  get(bid: BlobId, idx: number): Bytes | null {
    const row = firstRow(
      this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM blob WHERE bid = ? AND idx = ?", bid, idx),
    );
    return row === null ? null : bytesOfColumn(row.frame);
  }
}

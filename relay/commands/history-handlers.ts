// Reading what the Worker no longer has, or withholds: stored frames and parts of blobs.
import {
  AppError,
  BLOB_CHUNK_BYTES,
  BLOB_READ_BYTES,
  COMMAND_BYTES,
  concat,
  isFrame,
  openFrame,
  parseFrame,
  toB64,
  type BlobId,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { blobFrame, oldestSeq } from "../journal/record-table.ts";
import type { SessionLog } from "../journal/ports.ts";
import type { Epochs } from "../trust/ports.ts";
import type { Handlers } from "./ports.ts";

/** What these operations work with. */
export interface HistoryParts {
  readonly db: Database;
  readonly log: Pick<SessionLog, "head" | "read">;
  readonly epochs: Epochs;
}

/** Quotes and comma around each frame in the result. */
const QUOTES_BYTES = 3;

/** Handlers of history.get and blob.get. */
export function historyHandlers({ db, log, epochs }: HistoryParts) {
  return {
    "history.get": async ({ s, from, to }) => {
      const head = log.head(s);
      if (head === null) throw new AppError("E_NOT_FOUND", { reason: "no such session" });
      let oldest = oldestSeq(db, s) ?? 1;
      const last = Math.min(to, head.seq);
      const frames: string[] = [];
      let room = COMMAND_BYTES;
      let seq = Math.max(from, oldest);
      for (; seq <= last; seq++) {
        const record = log.read(s, seq, { maxBytes: 1, maxRecords: 1 })[0];
        if (record === undefined) break;
        if (record.seq > seq) {
          // A stretch that was evicted before this relay took the rest back from the Worker: as below the oldest.
          if (frames.length > 0) break;
          oldest = record.seq;
          seq = record.seq;
          if (seq > last) break;
        }
        const text = toB64(record.frame);
        room -= text.length + QUOTES_BYTES;
        if (room < 0 && frames.length > 0) break;
        frames.push(text);
      }
      return { frames, ...(seq <= last ? { next: seq } : {}), ...(from < oldest ? { floor: oldest - 1 } : {}) };
    },
    "blob.get": async ({ s, bid, idx }) => {
      const start = idx * BLOB_READ_BYTES;
      const first = Math.floor(start / BLOB_CHUNK_BYTES);
      const opened = await openChunks(db, epochs, s, bid, first);
      const skipped = start - first * BLOB_CHUNK_BYTES;
      const data = opened.bytes.subarray(skipped, skipped + BLOB_READ_BYTES);
      if (data.length === 0) throw new AppError("E_NOT_FOUND", { reason: "beyond the blob's end" });
      return { data: toB64(data), more: opened.hasMore || skipped + data.length < opened.bytes.length };
    },
  } satisfies Partial<Handlers>;
}

/** Two chunks from `first` on: they cover every read of BLOB_READ_BYTES that begins in the first. */
async function openChunks(
  db: Database,
  epochs: Epochs,
  session: SessionId,
  bid: BlobId,
  first: number,
): Promise<{ bytes: Bytes; hasMore: boolean }> {
  const parts: Bytes[] = [];
  let count = 0;
  for (let idx = first; idx < first + 2; idx++) {
    const stored = blobFrame(db, session, bid, idx);
    if (stored === null) break;
    const frame = parseFrame(stored);
    if (!isFrame(frame, "BLOB")) throw new Error("table blob holds another frame");
    const plaintext = await openFrame(frame, await epochs.key(frame.header.epoch, session));
    if (plaintext === null) throw new Error("a stored blob does not open");
    parts.push(plaintext);
    count = frame.header.cnt;
  }
  if (parts.length === 0) throw new AppError("E_NOT_FOUND", { reason: "no such blob" });
  return { bytes: concat(...parts), hasMore: first + parts.length < count };
}

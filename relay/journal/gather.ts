// Items of one session gather into drafts of records: pure, no clock, no storage.
import { BLOB_BYTES, RECORD_BYTES, RECORD_ITEMS } from "../../schema/index.ts";

/** Codec byte and the brackets of the list. */
const LIST_BYTES = 3;
const COMMA_BYTES = 1;
/** What a `blob` item may measure itself: its head in JSON (up to six bytes for one) and the hash of each chunk. */
const BLOB_ITEM_BYTES = 32 * 1024;

/** One item on its way into a record. */
export interface Entry {
  /** Serialised once, at append; null when its text rests in table `item`. */
  json: string | null;
  /** UTF-8 bytes of the text. */
  readonly size: number;
  /** `wait`, `turn` and `state` never wait for the gathering time. */
  readonly isUrgent: boolean;
  /** Its row in table `item`; null when it never waited there. */
  row: number | null;
  /** What belongs into the transaction that first makes it durable. */
  readonly within?: ((seq: number | null) => void) | undefined;
  readonly settle: { resolve(value: { seq: number }): void; reject(reason: Error): void } | null;
}

/** The items of one record to be. */
export interface Draft {
  readonly entries: Entry[];
  bytes: number;
  /** Nothing more goes in: it does not wait either. */
  isFull: boolean;
}

/** True for an item that is no part of a record, only named there: its bytes travel as BLOB frames. */
export function isLarge(size: number): boolean {
  return size > RECORD_BYTES - LIST_BYTES;
}

/**
 * Adds an item behind the others. A large one closes its draft, so that no record lists more than BLOB_BYTES of blobs.
 */
export function gather(drafts: Draft[], entry: Entry): void {
  const bytes = (isLarge(entry.size) ? BLOB_ITEM_BYTES : entry.size) + COMMA_BYTES;
  let draft = drafts.at(-1);
  if (draft === undefined || draft.isFull || draft.bytes + bytes > RECORD_BYTES) {
    if (draft !== undefined) draft.isFull = true;
    draft = { entries: [], bytes: LIST_BYTES, isFull: false };
    drafts.push(draft);
  }
  draft.entries.push(entry);
  draft.bytes += bytes;
  draft.isFull = isLarge(entry.size) || draft.entries.length === RECORD_ITEMS;
}

/** Removes and returns the drafts that may be committed now: every full one, the last one too if it need not wait. */
export function takeDrafts(drafts: Draft[], waits: "gathering" | "due"): Draft[] {
  const last = drafts.at(-1);
  if (last === undefined) return [];
  const isDue = waits === "due" || last.isFull || last.entries.some((entry) => entry.isUrgent);
  return drafts.splice(0, isDue ? drafts.length : drafts.length - 1);
}

/** Words in place of what is beyond BLOB_BYTES. */
export function cutNotice(size: number): string {
  return `\n[cut here: ${size} bytes, of which Kelpie keeps the first ${BLOB_BYTES / (1024 * 1024)} MiB]`;
}

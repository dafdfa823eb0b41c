// What the journal offers to the rest of the relay. It commits before anybody may send; it knows no socket and no agent.
import type { Bytes, DocId, Hash, Item, SessionId } from "../../schema/index.ts";

/** Where a session's log stands. */
export interface LogHead {
  readonly seq: number;
  readonly h: Hash;
}

/** One committed record, ready to send: blob frames its items list go before it on the same socket. */
export interface StoredRecord {
  readonly session: SessionId;
  readonly seq: number;
  readonly blobs: readonly Bytes[];
  readonly frame: Bytes;
}

/** A record of ours that this journal had lost, proven by signature and chain. */
export interface AdoptedRecord extends LogHead {
  readonly epoch: number;
  readonly at: number;
  readonly frame: Bytes;
}

/** Hears where an item that was kept without a seq has come to stand; `json` is the item. */
export type Placed = (session: SessionId, json: string, seq: number) => void;

/** The append-only log of every session (MACHINE_SESSION is the machine's own). */
export interface SessionLog {
  /** Declares a session created in this boot: it may append at once. Idempotent. */
  begin(session: SessionId): void;
  /**
   * Adds one item. Order of calls is order in the log. Resolves, with the record's seq, once the record is committed
   * (protocol 7: group commit, adaptive). A session from an earlier boot keeps its items durably until `admit`.
   * Rejects E_DISK when nothing can be stored, E_FORK when the session was stopped by `refuse`.
   * `within` runs in the transaction that first makes the item durable, with the record's seq (null while the item still
   * waits for one): what it writes is kept together with the item, or
   * not at all. It may run again when that commit fails, is synchronous, and must not throw.
   */
  append(session: SessionId, item: Item, within?: (seq: number | null) => void): Promise<{ readonly seq: number }>;
  /**
   * Makes one item durable in the caller's transaction. Call the answer once that is committed: only then the item goes on
   * into a record. When the process dies in between, the next start finds it.
   */
  keep(session: SessionId, item: Item): () => void;
  /** The first append rule: heads were compared in this boot, the session may go on. */
  admit(session: SessionId): void;
  /** The Worker holds other records of ours in the place of these: the session takes no more items. */
  refuse(session: SessionId): void;
  /** Items of the session wait durably from now on, until `admit`; resolves once no commit of it is under way. */
  hold(session: SessionId): Promise<void>;
  /** Stores records of ours that were lost here, above those held; one commit. The session must be on hold. */
  adopt(session: SessionId, records: readonly AdoptedRecord[], within: () => void): void;
  /** Items that wait for `admit` and were said by records taken back meanwhile are not said again. */
  unsay(session: SessionId, isSaid: (item: Item) => boolean): void;
  head(session: SessionId): LogHead | null;
  /** h of one stored record; null when it is not held. */
  hashAt(session: SessionId, seq: number): Hash | null;
  /** Sessions of an earlier boot that wait for `admit`. */
  held(): readonly SessionId[];
  /** Every session with at least one record. */
  sessions(): readonly SessionId[];
  /** Of these, the `limit` whose newest record is the latest, latest first; also records of earlier boots count. */
  recent(limit: number): readonly SessionId[];
  /** Records from `from` on, oldest first, until `maxBytes` or `maxRecords`; at least one when there is any. */
  read(
    session: SessionId,
    from: number,
    limit: { readonly maxBytes: number; readonly maxRecords: number },
  ): readonly StoredRecord[];
  /** Called after every commit with the sessions that grew. Returns the unsubscriber. */
  onCommitted(listener: (sessions: readonly SessionId[]) => void): () => void;
  /**
   * Called, for an item that was kept without a seq, inside the commit that gives it one: it may be of an earlier boot,
   * whose `within` is gone. Synchronous, and must not throw. Returns the unsubscriber.
   */
  onPlaced(listener: Placed): () => void;
  /** The Worker's cumulative ack: statistics and retention only, it permits no deletion. */
  acknowledged(session: SessionId, seq: number): void;
  /** Highest acknowledged seq, 0 at first. */
  ackedSeq(session: SessionId): number;
  /** Seals and commits what is gathered; for shutdown. */
  flush(): Promise<void>;
}

/** Newest revision of every document. */
export interface DocumentStore {
  /** Seals, signs and commits the next rev of a document; resolves once committed. Equal values change nothing. null deletes. */
  put(session: SessionId, name: string, value: unknown): Promise<void>;
  get(session: SessionId, name: string): unknown;
  /** DOC frames with a higher rev, in rev order, at most `limit`. */
  since(rev: number, limit: number): readonly { readonly rev: number; readonly frame: Bytes }[];
  /** Newest revs first, for the beacon. */
  newest(limit: number): readonly (readonly [SessionId, DocId, number])[];
  onChanged(listener: () => void): () => void;
}

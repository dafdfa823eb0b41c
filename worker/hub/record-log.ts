// The records of every session, in order and without gaps. Append, read since, reset; eviction is retention.ts.
import {
  AppError,
  equalBytes,
  SESSIONS_PER_MACHINE,
  type Bytes,
  type Frame,
  type SessionId,
} from "../../schema/index.ts";
import { bytesOfColumn, firstRow, type Sql } from "./storage.ts";

/** What is known of one session's log: records floor < q <= head are stored. */
export interface LogRange {
  readonly head: number;
  readonly floor: number;
}

/** What became of a record; `full`: the machine has as many sessions as it may. */
export type Appended = "stored" | "known" | "gap" | "full";

interface SessionRow extends Record<string, string | number> {
  s: string;
  head: number;
  floor: number;
  bytes: number;
  retired: number;
}

const EMPTY: LogRange = { head: 0, floor: 0 };

/** One socket message's appends: a session's row is read and written once, however many of its records came. */
export class AppendBatch {
  readonly #sql: Sql;
  readonly #maxSessions: number;
  readonly #sessions = new Map<SessionId, SessionRow>();
  readonly #changed = new Set<SessionRow>();

  constructor(sql: Sql, maxSessions = SESSIONS_PER_MACHINE) {
    this.#sql = sql;
    this.#maxSessions = maxSessions;
  }

  /** E_FORK when other bytes are stored under this seq: the Worker never holds two contents for one. */
  append(frame: Frame<"EVT">): Appended {
    const { session, seq } = frame.header;
    const row = this.#row(session);
    if (seq > row.head + 1) return "gap";
    if (seq <= row.floor) return "known";
    if (seq <= row.head) {
      const stored = firstRow(
        this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM rec WHERE s = ? AND q = ?", session, seq),
      );
      if (stored === null || !equalBytes(bytesOfColumn(stored.frame), frame.bytes)) throw new AppError("E_FORK");
      return "known";
    }
    if (row.head === 0 && !this.#open(row)) return "full";
    this.#sql.exec("INSERT INTO rec (s, q, frame) VALUES (?, ?, ?)", session, seq, frame.bytes);
    row.head = seq;
    row.bytes += frame.bytes.length;
    this.#changed.add(row);
    return "stored";
  }

  /** Writes a new session's row at once, so that the next one is counted right; false when there are too many. */
  #open({ s }: SessionRow): boolean {
    const opened = this.#sql.exec(
      "INSERT INTO sess (s, head, floor, bytes, retired) SELECT ?, 0, 0, 0, 0 WHERE (SELECT count(*) FROM sess) < ? RETURNING s",
      ...[s, this.#maxSessions],
    );
    return opened.toArray().length === 1;
  }

  /** The newest stored seq of a session, this batch included. */
  head(session: SessionId): number {
    return this.#row(session).head;
  }

  /** Writes the rows of sessions that grew; within the same transaction as the appends. */
  finish(): void {
    for (const { s, head, bytes } of this.#changed) {
      this.#sql.exec("UPDATE sess SET head = ?, bytes = ? WHERE s = ?", head, bytes, s);
    }
  }

  #row(session: SessionId): SessionRow {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const row = firstRow(this.#sql.exec<SessionRow>("SELECT * FROM sess WHERE s = ?", session)) ?? {
      ...{ s: session, head: 0, floor: 0, bytes: 0, retired: 0 },
    };
    this.#sessions.set(session, row);
    return row;
  }
}

/** One stored record. */
export interface StoredRecord {
  readonly q: number;
  readonly frame: Bytes;
}

/** Reads and adjusts the logs. Every call is one or two indexed queries. */
export class RecordLog {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  range(session: SessionId): LogRange {
    return (
      firstRow(this.#sql.exec<{ head: number; floor: number }>("SELECT head, floor FROM sess WHERE s = ?", session)) ??
      EMPTY
    );
  }

  /** Records after < q <= to in order; whoever iterates stops when a message is full. */
  *read(session: SessionId, after: number, to: number): Generator<StoredRecord> {
    const rows = this.#sql.exec<{ q: number; frame: ArrayBuffer }>(
      "SELECT q, frame FROM rec WHERE s = ? AND q > ? AND q <= ? ORDER BY q",
      ...[session, after, to],
    );
    for (const { q, frame } of rows) yield { q, frame: bytesOfColumn(frame) };
  }

  /** Sessions with records, by id, after `after` ("" = from the first). */
  sessionsAfter(after: string, limit: number): { s: SessionId; head: number }[] {
    return this.#sql
      .exec<{ s: string; head: number }>(
        "SELECT s, head FROM sess WHERE s > ? AND head > floor ORDER BY s LIMIT ?",
        ...[after, limit],
      )
      .toArray()
      .map(({ s, head }) => ({ s: s as SessionId, head }));
  }

  /** One record, null when it is not stored. */
  one(session: SessionId, q: number): Bytes | null {
    const row = firstRow(
      this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM rec WHERE s = ? AND q = ?", session, q),
    );
    return row === null ? null : bytesOfColumn(row.frame);
  }

  /**
   * The relay declares the next seq after mutual pruning. Only forward: E_FORK for a seq at or below the head, which
   * would let a second content take a stored record's place.
   */
  reset(session: SessionId, next: number): void {
    const { head } = this.range(session);
    if (next <= head) throw new AppError("E_FORK");
    if (next === head + 1) return;
    this.#sql.exec("DELETE FROM rec WHERE s = ?", session);
    this.#sql.exec("DELETE FROM blob WHERE s = ? AND q < ?", session, next);
    this.#sql.exec(
      "INSERT INTO sess (s, head, floor, bytes, retired) VALUES (?, ?, ?, 0, 0) " +
        "ON CONFLICT (s) DO UPDATE SET head = excluded.head, floor = excluded.floor, bytes = 0",
      ...[session, next - 1, next - 1],
    );
  }

  /** Records up to `q` may be evicted first. */
  retire(session: SessionId, q: number): void {
    this.#sql.exec("UPDATE sess SET retired = max(retired, ?) WHERE s = ?", q, session);
  }
}

// Durable commands that wait for the relay, until it has committed them (`cgot`) or they expire.
import {
  AppError,
  equalBytes,
  QUEUE_BYTES,
  QUEUE_COMMANDS,
  type Bytes,
  type DeviceId,
  type Frame,
} from "../../schema/index.ts";
import { bytesOfColumn, firstRow, type Sql } from "./storage.ts";

/** Which command. */
export interface CommandKey {
  readonly d: DeviceId;
  readonly g: number;
  readonly ctr: number;
}

/** Stores, reads and forgets queued commands. */
export class CommandQueue {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Keeps it until then (epoch ms). Idempotent for the same bytes. E_CTR_REUSED when other bytes wait under this counter;
   * E_QUOTA when the device's queue is full.
   */
  put(frame: Frame<"CMD">, until: number): void {
    const { d, g, ctr } = frame.header;
    const before = firstRow(
      this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM q WHERE d = ? AND g = ? AND ctr = ?", d, g, ctr),
    );
    if (before !== null) {
      if (!equalBytes(bytesOfColumn(before.frame), frame.bytes)) throw new AppError("E_CTR_REUSED");
      return;
    }
    const used = firstRow(
      this.#sql.exec<{ count: number; bytes: number | null }>(
        "SELECT count(*) AS count, sum(length(frame)) AS bytes FROM q WHERE d = ?",
        d,
      ),
    );
    const isFull = (used?.count ?? 0) >= QUEUE_COMMANDS || (used?.bytes ?? 0) + frame.bytes.length > QUEUE_BYTES;
    if (isFull) throw new AppError("E_QUOTA");
    this.#sql.exec("INSERT INTO q (d, g, ctr, exp, frame) VALUES (?, ?, ?, ?, ?)", d, g, ctr, until, frame.bytes);
  }

  /** Everything that has not expired, each device's in the order of its counters. */
  *pending(now: number): Generator<Bytes> {
    const rows = this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM q WHERE exp > ? ORDER BY d, g, ctr", now);
    for (const { frame } of rows) yield bytesOfColumn(frame);
  }

  /** The relay has committed it. Idempotent. */
  remove({ d, g, ctr }: CommandKey): void {
    this.#sql.exec("DELETE FROM q WHERE d = ? AND g = ? AND ctr = ?", d, g, ctr);
  }

  /** Removes what has expired and says what that was. */
  expire(now: number): CommandKey[] {
    return this.#sql
      .exec<{ d: string; g: number; ctr: number }>("DELETE FROM q WHERE exp <= ? RETURNING d, g, ctr", now)
      .toArray()
      .map(({ d, g, ctr }) => ({ d: d as DeviceId, g, ctr }));
  }

  /** When the next command expires; null when none waits. */
  nextExpiry(): number | null {
    return firstRow(this.#sql.exec<{ exp: number | null }>("SELECT min(exp) AS exp FROM q"))?.exp ?? null;
  }
}

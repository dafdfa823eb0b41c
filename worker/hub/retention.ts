// What leaves when the budget is used up: records that the relay has retired, then the oldest, with their blobs. Never a
// session's newest record, a document, a keyring or a queued command (protocol section 13).
import { EVICT_RECORDS, HUB_EVICT_ABOVE, HUB_EVICT_TO, HUB_FULL_SHARE } from "../../schema/index.ts";
import { firstRow, type Sql } from "./storage.ts";

/** Offset of the u64 `time` in an EVT header, counted from 1 as SQL does: ver, type, m, session, epoch, seq before it. */
const TIME_AT = 1 + 1 + 1 + 16 + 16 + 4 + 8;
/** The oldest stored record of every session that has one to spare. */
const OLDEST =
  "FROM sess JOIN rec ON rec.s = sess.s AND rec.q = sess.floor + 1 " +
  `WHERE sess.floor + 1 < sess.head AND (? = 0 OR sess.floor < sess.retired) ORDER BY substr(rec.frame, ${TIME_AT}, 8) LIMIT 1`;

/** Keeps the hub inside its budget. */
export class Retention {
  readonly #sql: Sql;
  readonly #budgetBytes: number;
  readonly #usedBytes: () => number;

  constructor(deps: { sql: Sql; budgetBytes: number; usedBytes: () => number }) {
    this.#sql = deps.sql;
    this.#budgetBytes = deps.budgetBytes;
    this.#usedBytes = deps.usedBytes;
  }

  /** Makes room when it is scarce; cheap when it is not. False when even then there is none for new records. */
  makeRoom(): boolean {
    if (this.#usedBytes() > this.#budgetBytes * HUB_EVICT_ABOVE) {
      while (this.#usedBytes() > this.#budgetBytes * HUB_EVICT_TO && this.#evictSome()) continue;
    }
    return this.#usedBytes() < this.#budgetBytes * HUB_FULL_SHARE;
  }

  /** Drops every record but each session's newest. */
  keepNewestOnly(): void {
    const rows = this.#sql
      .exec<{ s: string; head: number }>("SELECT s, head FROM sess WHERE floor + 1 < head")
      .toArray();
    for (const { s, head } of rows) this.#evictUpTo(s, head - 1);
  }

  #evictSome(): boolean {
    const victim = this.#oldest(1) ?? this.#oldest(0);
    if (victim === null) return false;
    const { s, floor, head, retired } = victim;
    const last = retired > floor ? Math.min(retired, head - 1) : head - 1;
    this.#evictUpTo(s, Math.min(last, floor + EVICT_RECORDS));
    return true;
  }

  #oldest(retiredOnly: 0 | 1) {
    return firstRow(
      this.#sql.exec<{ s: string; floor: number; head: number; retired: number }>(
        `SELECT sess.s, sess.floor, sess.head, sess.retired ${OLDEST}`,
        retiredOnly,
      ),
    );
  }

  #evictUpTo(s: string, floor: number): void {
    const gone = firstRow(
      this.#sql.exec<{ bytes: number | null }>(
        "SELECT sum(length(frame)) AS bytes FROM rec WHERE s = ? AND q <= ?",
        ...[s, floor],
      ),
    );
    this.#sql.exec("DELETE FROM rec WHERE s = ? AND q <= ?", s, floor);
    this.#sql.exec("DELETE FROM blob WHERE s = ? AND q <= ?", s, floor);
    this.#sql.exec("UPDATE sess SET floor = ?, bytes = bytes - ? WHERE s = ?", floor, gone?.bytes ?? 0, s);
  }
}

// What leaves when the budget is used up: records that the relay has retired, then the oldest, with their blobs. Never a
// session's newest record, a document, a keyring or a queued command (protocol section 13).
import { EVICT_RECORDS, HUB_EVICT_ABOVE, HUB_EVICT_TO, HUB_FULL_SHARE } from "../../schema/index.ts";
import { firstRow, type Sql } from "./storage.ts";

/** Offset of the u64 `time` in an EVT header, counted from 1 as SQL does: ver, type, m, session, epoch, seq before it. */
const TIME_AT = 1 + 1 + 1 + 16 + 16 + 4 + 8;
/** Of every session with a record to spare: when its oldest was made, as 16 hex digits, which compare like the number. */
const SPARE =
  `SELECT sess.s, sess.floor, sess.head, sess.retired, hex(substr(rec.frame, ${TIME_AT}, 8)) AS time ` +
  "FROM sess JOIN rec ON rec.s = sess.s AND rec.q = sess.floor + 1 WHERE sess.floor + 1 < sess.head";

interface Victim extends Record<string, string | number> {
  s: string;
  floor: number;
  head: number;
  retired: number;
  time: string;
}

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
    if (this.#usedBytes() > this.#budgetBytes * HUB_EVICT_ABOVE) this.#evict();
    return this.#usedBytes() < this.#budgetBytes * HUB_FULL_SHARE;
  }

  /** Drops every record but each session's newest. */
  keepNewestOnly(): void {
    const rows = this.#sql
      .exec<{ s: string; head: number }>("SELECT s, head FROM sess WHERE floor + 1 < head")
      .toArray();
    for (const { s, head } of rows) this.#evictUpTo(s, head - 1);
  }

  /** Looks at every session once, however many of them must give something: there may be 10,000. */
  #evict(): void {
    const victims = this.#sql.exec<Victim>(SPARE).toArray().sort(lastFirst);
    while (this.#usedBytes() > this.#budgetBytes * HUB_EVICT_TO) {
      const victim = victims.pop();
      if (victim === undefined) return;
      const { s, floor, head, retired } = victim;
      const last = retired > floor ? Math.min(retired, head - 1) : head - 1;
      this.#evictUpTo(s, Math.min(last, floor + EVICT_RECORDS));
      const next = firstRow(this.#sql.exec<Victim>(`${SPARE} AND sess.s = ?`, s));
      if (next !== null) insert(victims, next);
    }
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

/** Whoever goes first stands last, where `pop` takes it: retired records, then the oldest. */
function lastFirst(a: Victim, b: Victim): number {
  const [one, two] = [orderOf(a), orderOf(b)];
  return one < two ? 1 : one > two ? -1 : 0;
}

function orderOf({ floor, retired, time }: Victim): string {
  return `${floor < retired ? 0 : 1}${time}`;
}

/** Keeps the order of `lastFirst`. */
function insert(victims: Victim[], victim: Victim): void {
  const at = victims.findLastIndex((each) => lastFirst(each, victim) <= 0);
  victims.splice(at + 1, 0, victim);
}

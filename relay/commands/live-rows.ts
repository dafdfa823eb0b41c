// What became of live commands: in memory for one boot, bounded; a forgotten one is refused by the replay window.
import type { Bytes, Hash } from "../../schema/index.ts";
import type { CommandKey } from "./command-table.ts";

interface LiveRow {
  readonly hash: Hash;
  /** The sealed answer; null while the operation runs. */
  res: Bytes | null;
}

/** Answers kept for repeated live commands, all devices together. */
const ANSWER_BYTES = 8 * 1024 * 1024;
const ROWS = 8192;

/** Live commands of this boot. */
export class LiveRows {
  readonly #rows = new Map<string, LiveRow>();
  #bytes = 0;

  get(key: CommandKey): LiveRow | null {
    return this.#rows.get(nameOf(key)) ?? null;
  }

  /** A live command begins, or is refused at once. */
  add(key: CommandKey, hash: Hash): void {
    this.#rows.set(nameOf(key), { hash, res: null });
  }

  /** Its answer; the oldest ones are forgotten when there are too many. */
  answer(key: CommandKey, res: Bytes): void {
    const row = this.#rows.get(nameOf(key));
    if (row === undefined) return;
    row.res = res;
    this.#bytes += res.length;
    for (const [name, oldest] of this.#rows) {
      if (this.#bytes <= ANSWER_BYTES && this.#rows.size <= ROWS) return;
      if (oldest.res === null) continue;
      this.#rows.delete(name);
      this.#bytes -= oldest.res.length;
    }
  }
}

function nameOf({ d, g, ctr }: CommandKey): string {
  return `${d}/${g}/${ctr}`;
}

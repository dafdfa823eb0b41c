// The newest keyring of each device; opaque here.
import type { Bytes, DeviceId, Frame } from "../../schema/index.ts";
import { bytesOfColumn, firstRow, type Sql } from "./storage.ts";

/** Stores and reads keyrings. */
export class Keyrings {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** True when this rev is newer than the stored one. */
  put(frame: Frame<"KEYRING">): boolean {
    const { d, rev } = frame.header;
    const before = firstRow(this.#sql.exec<{ rev: number }>("SELECT rev FROM ring WHERE d = ?", d));
    if (before !== null && before.rev >= rev) return false;
    this.#sql.exec("INSERT OR REPLACE INTO ring (d, rev, frame) VALUES (?, ?, ?)", d, rev, frame.bytes);
    return true;
  }

  of(d: DeviceId): Bytes | null {
    const row = firstRow(this.#sql.exec<{ frame: ArrayBuffer }>("SELECT frame FROM ring WHERE d = ?", d));
    return row === null ? null : bytesOfColumn(row.frame);
  }

  /** Every device's rev, for `heads`. */
  revs(limit: number): [DeviceId, number][] {
    return this.#sql
      .exec<{ d: string; rev: number }>("SELECT d, rev FROM ring ORDER BY rev DESC LIMIT ?", limit)
      .toArray()
      .map(({ d, rev }) => [d as DeviceId, rev]);
  }
}

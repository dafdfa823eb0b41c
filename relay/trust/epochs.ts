// Content epochs: the roots that everything the Worker stores is sealed under, and the keys below them.
import {
  contentKey,
  importSecret,
  randomBytes,
  SECRET_BYTES,
  type MachineId,
  type Secret,
  type SessionId,
} from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { allEpochs, insertEpoch, type EpochRow } from "./epoch-table.ts";
import type { Epochs } from "./ports.ts";

/** Derived keys kept: one per session that is written to, and some more. */
const KEYS_CACHED = 4096;

/** Epochs of one machine; epoch 1 is made when there is none. */
export class EpochKeys implements Epochs {
  readonly #machine: MachineId;
  readonly #rows = new Map<number, EpochRow>();
  readonly #keys = new Map<string, Promise<Secret>>();
  #current = 0;

  constructor(db: Database, machine: MachineId, now: number) {
    this.#machine = machine;
    for (const row of allEpochs(db)) this.add(row);
    if (this.#current > 0) return;
    const first = this.next(now);
    db.transaction(() => insertEpoch(db, first));
    this.add(first);
  }

  current(): number {
    return this.#current;
  }

  /** A defect when the epoch is not held: whoever names one got it from a header of ours. */
  key(epoch: number, session: SessionId): Promise<Secret> {
    const name = `${epoch}/${session}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const row = this.#rows.get(epoch);
    if (row === undefined) return Promise.reject(new Error(`epoch ${epoch} is not held`));
    const key = this.#derive(row, session);
    this.#keys.set(name, key);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= KEYS_CACHED) break;
      this.#keys.delete(oldest);
    }
    return key;
  }

  /** When the current epoch began, epoch ms. */
  currentSince(): number {
    return this.#rows.get(this.#current)?.at ?? 0;
  }

  has(epoch: number): boolean {
    return this.#rows.has(epoch);
  }

  /** Every retained epoch, lowest first. */
  all(): readonly EpochRow[] {
    return [...this.#rows.values()];
  }

  /** A fresh root for the epoch after this one, and after `met`; in force only after `add`. */
  next(now: number, met = 0): EpochRow {
    return { e: Math.max(this.#current, met) + 1, c: randomBytes(SECRET_BYTES), at: now };
  }

  /** The epoch is committed: from now on everything is sealed under it. */
  add(row: EpochRow): void {
    this.#rows.set(row.e, row);
    this.#current = Math.max(this.#current, row.e);
  }

  /** The epoch was dropped. */
  drop(e: number): void {
    this.#rows.delete(e);
  }

  async #derive(row: EpochRow, session: SessionId): Promise<Secret> {
    return contentKey(await importSecret(row.c.slice()), this.#machine, session);
  }
}

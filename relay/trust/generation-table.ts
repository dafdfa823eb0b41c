// Table `gen`: how old each device's pairwise root is, the root that follows it, and whether it must change. The root in
// force is in table `dev`. Both roots stand side by side until the first command under the newer one.
import { CTR_WINDOW, type Bytes, type DeviceId } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { bytesOf, integerOf, nullable, type Row } from "../journal/row.ts";

/** What the trust store knows of a device's roots besides the bytes. */
export interface Generation {
  /** Since when the root in force is in force, epoch ms. */
  readonly keyed: number;
  /** Nothing but device.rekey is taken from it: this relay's state was an older copy. */
  readonly mustRekey: boolean;
  /** It must, and what follows was agreed since: then its first command under that ends it. */
  readonly hasAgreed: boolean;
  /** P_g+1 is agreed: by the command of this counter, at this time. */
  readonly next: { readonly ctr: number; readonly at: number } | null;
}

/** Column `must`. */
const [NOT, MUST, AGREED] = [0, 1, 2];

/** Columns of `gen` for a query that joins it to `dev`. */
export const GENERATION_COLUMNS = "gen.keyed, gen.must, gen.next_ctr, gen.next_at";

/** A device whose row is older than this table: keyed when it was paired. */
export function generationOf(row: Row, created: number): Generation {
  const ctr = nullable(row, "next_ctr", integerOf);
  const must = nullable(row, "must", integerOf);
  return {
    keyed: nullable(row, "keyed", integerOf) ?? created,
    mustRekey: (must ?? NOT) !== NOT,
    hasAgreed: must === AGREED,
    next: ctr === null ? null : { ctr, at: nullable(row, "next_at", integerOf) ?? created },
  };
}

/** A root that has just been agreed at pairing; nothing follows it yet. */
export function beginGeneration(db: Database, d: DeviceId, keyed: number): void {
  db.run(
    "INSERT OR REPLACE INTO gen (d, keyed, must, next, next_ctr, next_at) VALUES (?, ?, 0, NULL, NULL, NULL)",
    d,
    keyed,
  );
}

/** Erases what follows; with the device. */
export function endGeneration(db: Database, d: DeviceId): void {
  db.run("DELETE FROM gen WHERE d = ?", d);
}

/** Keeps P_g+1 beside P_g; one that was agreed before and never used is overwritten. */
export function setNextRoot(db: Database, d: DeviceId, device: Generation, root: Bytes): void {
  const { keyed, mustRekey, next } = device;
  const must = mustRekey ? AGREED : NOT;
  db.run(
    "INSERT OR REPLACE INTO gen (d, keyed, must, next, next_ctr, next_at) VALUES (?, ?, ?, ?, ?, ?)",
    ...[d, keyed, must, root, next?.ctr ?? null, next?.at ?? null],
  );
}

/** P_g+1; null without one. */
export function nextRoot(db: Database, d: DeviceId): Bytes | null {
  const row = db.get("SELECT next FROM gen WHERE d = ?", d);
  return row === undefined ? null : nullable(row, "next", bytesOf);
}

/** P_g+1 takes the place of P_g, which is overwritten; counters and the replay window begin anew. */
export function advanceGeneration(db: Database, d: DeviceId, g: number, { keyed, mustRekey }: Generation): void {
  db.run(
    "UPDATE dev SET root = (SELECT next FROM gen WHERE gen.d = dev.d), g = ?, hi = 0, window = ?, ring = NULL WHERE d = ?",
    ...[g, new Uint8Array(CTR_WINDOW / 8), d],
  );
  beginGeneration(db, d, keyed);
  if (mustRekey) requireRekey(db, d, keyed);
}

/** Nothing but device.rekey is taken from it any more; what was agreed before does not count. */
export function requireRekey(db: Database, d: DeviceId, keyed: number): void {
  db.run(
    "INSERT INTO gen (d, keyed, must) VALUES (?, ?, ?) ON CONFLICT (d) DO UPDATE SET must = excluded.must",
    ...[d, keyed, MUST],
  );
}

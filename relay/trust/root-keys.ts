// K_cmd and K_res of every device, derived once per root: of the one in force, and of the agreed next.
import { importSecret, pairwiseKeys, type Bytes, type DeviceId, type PairwiseKeys } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { deviceRoot, type TrustedDevice } from "./device-table.ts";
import { nextRoot } from "./generation-table.ts";

type Known = ReadonlyMap<DeviceId, TrustedDevice>;

/** The keys of a root, whose bytes are overwritten. */
export async function keysOf(root: Bytes): Promise<PairwiseKeys> {
  return pairwiseKeys(await importSecret(root));
}

/** A cache that follows the rows. */
export class RootKeys {
  readonly #db: Database;
  readonly #keys = new Map<string, Promise<PairwiseKeys>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Null for a revoked device, and for any generation but these two. */
  async of(device: TrustedDevice | undefined, g: number): Promise<PairwiseKeys | null> {
    if (device === undefined || device.state === "revoked") return null;
    const { d, next } = device;
    const isNext = g === device.g + 1 && next !== null;
    if (g !== device.g && !isNext) return null;
    const known = this.#keys.get(nameOf(d, g));
    if (known !== undefined) return known;
    const root = isNext ? nextRoot(this.#db, d) : deviceRoot(this.#db, d, g);
    if (root === null) return null;
    const keys = keysOf(root);
    this.#keys.set(nameOf(d, g), keys);
    return keys;
  }

  /** The rows changed: what is gone is forgotten, what has another root is derived anew. */
  follow(before: Known, after: Known): void {
    for (const [d, was] of before) {
      const now = after.get(d);
      const isSame = now?.g === was.g && now.state === was.state && now.created === was.created;
      if (!isSame) this.#keys.delete(nameOf(d, was.g));
      if (!isSame || now.next !== was.next) this.#keys.delete(nameOf(d, was.g + 1));
    }
  }
}

function nameOf(d: DeviceId, g: number): string {
  return `${d}/${g}`;
}

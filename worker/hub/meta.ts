// The few facts of a hub that belong to no table: a grants push not yet in the registry, when a relay was last here.
import { grant, machineId, parseJson, z, type Grant, type MachineId } from "../../schema/index.ts";
import { firstRow, type Sql } from "./storage.ts";

const count = z.int().check(z.gte(0));
const pendingGrants = z.object({ m: machineId, rev: count, list: z.array(grant) });

/** A push that the registry has not taken yet. */
export interface PendingGrants {
  /** Whose: the hub itself does not know its machine's id while nobody is connected. */
  readonly m: MachineId;
  readonly rev: number;
  readonly list: readonly Grant[];
}

/** Reads and writes the facts. */
export class Meta {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  pendingGrants(): PendingGrants | null {
    const text = this.#get("grants");
    return text === null ? null : parseJson(text, pendingGrants);
  }

  /** Null forgets it. */
  setPendingGrants(pending: PendingGrants | null): void {
    if (pending === null) this.#sql.exec("DELETE FROM meta WHERE k = 'grants'");
    else this.#set("grants", JSON.stringify(pending));
  }

  /** When a relay last proved itself, epoch ms; null before the first. */
  activeAt(): number | null {
    const text = this.#get("active");
    return text === null ? null : parseJson(text, count);
  }

  setActiveAt(at: number): void {
    this.#set("active", String(at));
  }

  #get(key: string): string | null {
    return firstRow(this.#sql.exec<{ v: string }>("SELECT v FROM meta WHERE k = ?", key))?.v ?? null;
  }

  #set(key: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)", key, value);
  }
}

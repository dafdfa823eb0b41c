// The registry in D1: who may connect where. The only drizzle queries of the Worker.
import { and, eq, exists, gt, isNull, lte, ne, notExists, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import {
  AppError,
  parseJson,
  publicJwk,
  TICKET_MS,
  type DeviceId,
  type Grant,
  type MachineId,
  type PublicJwk,
} from "../../schema/index.ts";
import { grants, machines, owner, tickets } from "../../schema/tables.ts";

/** A machine about to be written. */
export interface NewMachine {
  readonly m: MachineId;
  /** 65-byte points as base64url. */
  readonly ri: string;
  readonly wi: string;
}

/** A registered machine. */
export interface Machine extends NewMachine {
  readonly grantsRev: number;
}

/** Grants per INSERT: D1 takes 100 parameters a statement (platform.md 3.4). */
const GRANTS_PER_INSERT = 16;
const isDevice = eq(grants.role, "device");

/** Queries of the registry. Every write is one D1 transaction. */
export class Registry {
  readonly #db;

  constructor(d1: D1Database) {
    this.#db = drizzle(d1);
  }

  /** Makes this machine the owner. False when somebody has claimed with this hash before; a new hash empties all. */
  async claim(machine: NewMachine, claimHash: string, now: number): Promise<boolean> {
    const db = this.#db;
    const claimed = db
      .select({ one: sql`1` })
      .from(owner)
      .where(eq(owner.claimHash, claimHash));
    const unowned = sql`not exists (select 1 from ${owner})`;
    const results = await db.batch([
      db.delete(grants).where(notExists(claimed)),
      db.delete(tickets).where(notExists(claimed)),
      db.delete(machines).where(notExists(claimed)),
      db.delete(owner).where(ne(owner.claimHash, claimHash)),
      db.insert(machines).select(sql`select ${columnsOf(machine)} where ${unowned}`),
      db
        .insert(owner)
        .select(sql`select 1, ${claimHash}, ${machine.m}, ${now} where ${unowned}`)
        .returning(),
    ]);
    return results[5].length === 1;
  }

  /** Keeps a ticket's hash for TICKET_MS, and forgets expired ones. */
  async addTicket(hash: string, now: number): Promise<void> {
    const db = this.#db;
    await db.batch([
      db.delete(tickets).where(lte(tickets.exp, now)),
      db.insert(tickets).values({ hash, exp: now + TICKET_MS }),
    ]);
  }

  /** Spends a ticket for this machine; false when it is unknown, spent or expired. Enrolling again keeps the grants. */
  async enrol(machine: NewMachine, ticketHash: string, now: number): Promise<boolean> {
    const db = this.#db;
    const isTicket = and(eq(tickets.hash, ticketHash), gt(tickets.exp, now));
    const ticket = db
      .select({ one: sql`1` })
      .from(tickets)
      .where(isTicket);
    const results = await db.batch([
      db
        .insert(machines)
        .select(sql`select ${columnsOf(machine)} where ${exists(ticket)}`)
        .onConflictDoUpdate({ target: machines.m, set: { wi: machine.wi, status: "live" } }),
      db.delete(tickets).where(isTicket).returning(),
    ]);
    return results[1].length === 1;
  }

  async machine(m: string): Promise<Machine | null> {
    const row = await this.#db.select().from(machines).where(eq(machines.m, m)).get();
    return row === undefined ? null : { m: row.m as MachineId, ri: row.ri, wi: row.wi, grantsRev: row.grantsRev };
  }

  /** Drops a machine's rows; its hub keeps what it stores. */
  async removeMachine(m: MachineId): Promise<void> {
    const db = this.#db;
    await db.batch([db.delete(grants).where(eq(grants.m, m)), db.delete(machines).where(eq(machines.m, m))]);
  }

  /** The key of a device that some machine grants now; null when none does. */
  async deviceKey(kid: string, now: number): Promise<{ d: DeviceId; key: PublicJwk } | null> {
    const row = await this.#db
      .select({ kid: grants.kid, jwk: grants.jwk })
      .from(grants)
      .where(and(eq(grants.kid, kid), isDevice, isLive(now)))
      .get();
    return row === undefined ? null : { d: row.kid as DeviceId, key: parseJson(row.jwk, publicJwk) };
  }

  /** The machine and the device's key in one look; null unless the machine exists and grants the device now. */
  async grantOf(kid: DeviceId, m: string, now: number): Promise<{ machine: Machine; key: PublicJwk } | null> {
    const db = this.#db;
    const [found, rows] = await db.batch([
      db.select().from(machines).where(eq(machines.m, m)),
      db
        .select({ jwk: grants.jwk })
        .from(grants)
        .where(and(eq(grants.kid, kid), eq(grants.m, m), isDevice, isLive(now))),
    ]);
    const machine = found[0];
    const row = rows[0];
    if (machine === undefined || row === undefined) return null;
    const { ri, wi, grantsRev } = machine;
    return { machine: { m: m as MachineId, ri, wi, grantsRev }, key: parseJson(row.jwk, publicJwk) };
  }

  /**
   * Replaces all grants of a machine. A rev already written, or passed, changes nothing. E_GRANT when the machine is no
   * longer registered. The hub of `m` is the only writer of its rows.
   */
  async replaceGrants(m: MachineId, rev: number, list: readonly Grant[]): Promise<void> {
    const db = this.#db;
    const known = await this.machine(m);
    if (known === null) throw new AppError("E_GRANT");
    if (known.grantsRev >= rev) return;
    const rows = list.map(({ kid, jwk, role, exp }) => ({
      kid,
      m,
      jwk: JSON.stringify(jwk),
      role,
      rev,
      exp: exp ?? null,
    }));
    const inserts = [];
    for (let at = 0; at < rows.length; at += GRANTS_PER_INSERT) {
      inserts.push(db.insert(grants).values(rows.slice(at, at + GRANTS_PER_INSERT)));
    }
    await db.batch([
      db.delete(grants).where(eq(grants.m, m)),
      ...inserts,
      db.update(machines).set({ grantsRev: rev }).where(eq(machines.m, m)),
    ]);
  }
}

/** Values of a new row, in the order of the table's columns. */
function columnsOf({ m, ri, wi }: NewMachine) {
  return sql`${m}, ${ri}, ${wi}, 'live', 0`;
}

function isLive(now: number) {
  return or(isNull(grants.exp), gt(grants.exp, now));
}

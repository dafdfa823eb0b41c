// Table `dev`: the trust store. The replay window of each device is in it too, but belongs to commands/.
import { CTR_WINDOW, SCOPES, type Bytes, type DeviceId } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { bytesOf, integerOf, nullable, textOf, type Row } from "../journal/row.ts";
import {
  beginGeneration,
  endGeneration,
  GENERATION_COLUMNS,
  generationOf,
  type Generation,
} from "./generation-table.ts";
import type { Device } from "./ports.ts";

const STATES = ["pending", "active", "held", "revoked"] as const;

/** A device as the trust store keeps it. */
export interface TrustedDevice extends Device, Generation {
  /** DA's public point. */
  readonly da: Bytes;
}

/** KEYRING of a device as last published. */
export interface Ring {
  readonly d: DeviceId;
  readonly rev: number;
  readonly frame: Bytes;
}

const COLUMNS = "d, da, name, scope, shell, state, g, created, last";

/** Every device, oldest first. */
export function allDevices(db: Database): TrustedDevice[] {
  const columns = COLUMNS.split(", ").map((name) => `dev.${name}`);
  return db
    .all(
      `SELECT ${columns.join(", ")}, ${GENERATION_COLUMNS} FROM dev LEFT JOIN gen ON gen.d = dev.d ORDER BY created, dev.d`,
    )
    .map(deviceOf);
}

function deviceOf(row: Row): TrustedDevice {
  const created = integerOf(row, "created");
  return {
    d: textOf(row, "d") as DeviceId,
    da: bytesOf(row, "da"),
    name: textOf(row, "name"),
    scope: oneOf(SCOPES, textOf(row, "scope")),
    shell: integerOf(row, "shell") === 1,
    state: oneOf(STATES, textOf(row, "state")),
    g: integerOf(row, "g"),
    created,
    last: integerOf(row, "last"),
    ...generationOf(row, created),
  };
}

function oneOf<T extends string>(values: readonly T[], text: string): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new Error(`the trust store holds an unknown word: ${text}`);
  return found;
}

/** A new pending device; a row of the same device (paired again) is replaced, and its replay window starts anew. */
export function insertDevice(db: Database, device: TrustedDevice, root: Bytes): void {
  const { d, da, name, scope, shell, state, g, created, last } = device;
  db.run(
    `INSERT OR REPLACE INTO dev (${COLUMNS}, root, hi, window, ring_rev, ring) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, NULL)`,
    d,
    da,
    name,
    scope,
    Number(shell),
    state,
    g,
    created,
    last,
    root,
    new Uint8Array(CTR_WINDOW / 8),
  );
  beginGeneration(db, d, device.keyed);
  // Its commands under the old root do not open any more, so their rows guard nothing and would refuse the new ones.
  db.run("DELETE FROM cmd WHERE d = ?", d);
}

/** The name that people see. */
export function setDeviceName(db: Database, d: DeviceId, name: string): void {
  db.run("UPDATE dev SET name = ? WHERE d = ?", name, d);
}

/** When it was last heard, epoch ms. */
export function setDeviceLast(db: Database, d: DeviceId, last: number): void {
  db.run("UPDATE dev SET last = ? WHERE d = ?", last, d);
}

/** An active device has no power until it is confirmed at the machine; its keyring is not handed out any more. */
export function setDeviceHeld(db: Database, d: DeviceId): void {
  db.run("UPDATE dev SET state = 'held', ring = NULL WHERE d = ? AND state = 'active'", d);
}

/** A held device is active again. */
export function setDeviceConfirmed(db: Database, d: DeviceId): void {
  db.run("UPDATE dev SET state = 'active' WHERE d = ? AND state = 'held'", d);
}

/** A pending device becomes active. */
export function setDeviceActive(db: Database, d: DeviceId): void {
  db.run("UPDATE dev SET state = 'active' WHERE d = ? AND state = 'pending'", d);
}

/** State revoked; keys and keyring erased. */
export function setDeviceRevoked(db: Database, d: DeviceId): void {
  db.run("UPDATE dev SET state = 'revoked', root = NULL, ring = NULL WHERE d = ?", d);
  endGeneration(db, d);
}

/** Forgets a device that never said hello. */
export function deleteDevice(db: Database, d: DeviceId): void {
  db.run("DELETE FROM dev WHERE d = ?", d);
  endGeneration(db, d);
}

/** P_g of one generation; null when it is erased or of another generation. */
export function deviceRoot(db: Database, d: DeviceId, g: number): Bytes | null {
  const row = db.get("SELECT root FROM dev WHERE d = ? AND g = ?", d, g);
  return row === undefined ? null : nullable(row, "root", bytesOf);
}

/** The keyring a device has now. */
export function setRing(db: Database, { d, rev, frame }: Ring): void {
  db.run("UPDATE dev SET ring_rev = ?, ring = ? WHERE d = ?", rev, frame, d);
}

/** Keyrings of pending and active devices. */
export function allRings(db: Database): Ring[] {
  return db
    .all("SELECT d, ring_rev, ring FROM dev WHERE ring IS NOT NULL AND state IN ('pending', 'active') ORDER BY d")
    .map((row) => ({ d: textOf(row, "d") as DeviceId, rev: integerOf(row, "ring_rev"), frame: bytesOf(row, "ring") }));
}

// Table `cmd`: what became of every durable command, and each device's replay window in table `dev`.
import type { Bytes, DeviceId, Hash } from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { bytesOf, integerOf, nullable, textOf, type Row } from "../journal/row.ts";
import type { ReplayWindow } from "./replay-window.ts";

/** Name of a command: device, generation, counter. */
export interface CommandKey {
  readonly d: DeviceId;
  readonly g: number;
  readonly ctr: number;
}

/** Where a durable command stands. `final`: its last answer is in `res`. */
export type CommandState = "accepted" | "running" | "final";

/** One durable command. */
export interface CommandRow extends CommandKey {
  readonly hash: Hash;
  readonly state: CommandState;
  readonly op: string;
  /** The command itself, until it is final. */
  readonly frame: Bytes | null;
  /** The newest RES, sealed: a retry gets these very bytes. */
  readonly res: Bytes | null;
}

/** The row of a command; null without one. */
export function findCommand(db: Database, { d, g, ctr }: CommandKey): CommandRow | null {
  const row = db.get("SELECT * FROM cmd WHERE d = ? AND g = ? AND ctr = ?", d, g, ctr);
  return row === undefined ? null : commandOf(row);
}

/** Inserts a command; call inside a transaction. Throws when it exists. */
export function insertCommand(db: Database, row: CommandRow, at: number): void {
  const { d, g, ctr, hash, state, op, frame, res } = row;
  db.run(
    "INSERT INTO cmd (d, g, ctr, hash, state, op, frame, res, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    d,
    g,
    ctr,
    hash,
    state,
    op,
    frame,
    res,
    at,
  );
}

/** accepted → running. */
export function setRunning(db: Database, { d, g, ctr }: CommandKey): void {
  db.run("UPDATE cmd SET state = 'running' WHERE d = ? AND g = ? AND ctr = ?", d, g, ctr);
}

/** The last word; the frame has done its duty. */
export function setFinal(db: Database, { d, g, ctr }: CommandKey, res: Bytes | null, at: number): void {
  db.run(
    "UPDATE cmd SET state = 'final', frame = NULL, res = ?, at = ? WHERE d = ? AND g = ? AND ctr = ?",
    res,
    at,
    d,
    g,
    ctr,
  );
}

/** Commands without a last word, in the order of their counters. */
export function openCommands(db: Database): CommandRow[] {
  return db.all("SELECT * FROM cmd WHERE state IN ('accepted', 'running') ORDER BY at, d, g, ctr").map(commandOf);
}

/** Forgets finals from before `before` (epoch ms); the replay window still refuses them. */
export function pruneFinals(db: Database, before: number): void {
  db.run("DELETE FROM cmd WHERE state = 'final' AND at < ?", before);
}

/** The replay window of a device's current generation. */
export function loadWindow(db: Database, d: DeviceId): ReplayWindow | null {
  const row = db.get("SELECT hi, window FROM dev WHERE d = ?", d);
  return row === undefined ? null : { hi: integerOf(row, "hi"), bits: bytesOf(row, "window") };
}

/** Keeps the window; in the transaction of the command that moved it. */
export function saveWindow(db: Database, d: DeviceId, window: ReplayWindow): void {
  db.run("UPDATE dev SET hi = ?, window = ? WHERE d = ?", window.hi, window.bits, d);
}

function commandOf(row: Row): CommandRow {
  const state = textOf(row, "state");
  if (state !== "accepted" && state !== "running" && state !== "final") throw new Error(`unknown state ${state}`);
  return {
    d: textOf(row, "d") as DeviceId,
    g: integerOf(row, "g"),
    ctr: integerOf(row, "ctr"),
    hash: textOf(row, "hash") as Hash,
    state,
    op: textOf(row, "op"),
    frame: nullable(row, "frame", bytesOf),
    res: nullable(row, "res", bytesOf),
  };
}

// Who this machine is: RI and WI, made once, kept in one file that only its owner may read.
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  AppError,
  concat,
  fromB64,
  machineIdOf,
  parseJson,
  publicJwk,
  z,
  b64Bytes,
  type Bytes,
} from "../../schema/index.ts";
import type { Identity } from "./ports.ts";

const FILE_NAME = "identity.json";

const privateJwk = z.extend(publicJwk, { d: b64Bytes(32) });
const identityFile = z.object({ v: z.literal(1), ri: privateJwk, wi: privateJwk });
type PrivateJwk = z.infer<typeof privateJwk>;

/** The identity, and whether it was made just now (nothing of this machine can be known anywhere). */
export interface LoadedIdentity extends Identity {
  readonly isNew: boolean;
}

/**
 * Reads `<folder>/identity.json`, or makes folder (0700), keys and file (0600). E_DISK, with the command to run in
 * `data.next`, when folder or file are open to others or belong to somebody else. `uid` null: no POSIX owners here.
 */
export async function loadIdentity(folder: string, uid: number | null): Promise<LoadedIdentity> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  refuseLoose(folder, 0o700, uid);
  const path = join(folder, FILE_NAME);
  const isNew = !existsSync(path);
  if (isNew) writeIdentity(folder, path, JSON.stringify({ v: 1, ri: await newJwk("ECDSA"), wi: await newJwk("ECDH") }));
  refuseLoose(path, 0o600, uid);
  const { ri, wi } = parseIdentity(path);
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", ri, algorithm, false, ["sign"]);
  const riPublic = pointOf(ri);
  return { machine: await machineIdOf(riPublic), ri: key, riPublic, wiPublic: pointOf(wi), isNew };
}

/** E_DISK when the file is gone: made anew beside a journal it would be another machine, and every device's keys be void. */
export function requireIdentity(folder: string): void {
  const path = join(folder, FILE_NAME);
  if (existsSync(path)) return;
  throw new AppError("E_DISK", {
    reason: `${path} is missing, and what lies beside it belongs to it`,
    next: `Restore it from a backup. Without it: move ${folder} away; every device must then be paired again.`,
  });
}

/** Refuses a folder or file of the state that others may read, or that others own. */
export function refuseLoose(path: string, mode: 0o700 | 0o600, uid: number | null): void {
  if (uid === null) return;
  const found = lstatSync(path);
  if (found.uid !== uid) {
    throw new AppError("E_DISK", {
      reason: `${path} belongs to another user (uid ${found.uid})`,
      next: `Run as that user, or: sudo chown ${uid} ${quoted(path)}`,
    });
  }
  if ((found.mode & 0o077) !== 0) {
    const octal = mode.toString(8);
    throw new AppError("E_DISK", { reason: `${path} is open to other users`, next: `chmod ${octal} ${quoted(path)}` });
  }
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

async function newJwk(name: "ECDSA" | "ECDH") {
  const algorithm = { name, namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, name === "ECDSA" ? ["sign"] : ["deriveBits"]);
  if (!("privateKey" in pair)) throw new Error("not a key pair");
  return crypto.subtle.exportKey("jwk", pair.privateKey);
}

/** Whole or not at all: a half-written identity would be a lost machine. */
function writeIdentity(folder: string, path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function parseIdentity(path: string): { ri: PrivateJwk; wi: PrivateJwk } {
  try {
    return parseJson(readFileSync(path, "utf8"), identityFile);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const next = `Restore ${path} from a backup; without it every device must be paired again.`;
    throw new AppError("E_DISK", { reason: `${path} is damaged`, next }, { cause });
  }
}

function pointOf({ x, y }: PrivateJwk): Bytes {
  const [left, right] = [fromB64(x), fromB64(y)];
  if (left === null || right === null) throw new Error("checked by the schema");
  return concat(Uint8Array.of(4), left, right);
}

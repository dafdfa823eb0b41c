// The state folder: where everything of this relay lives, who may read it, and how its socket is called.
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "../../schema/index.ts";

/** The system's limit for a socket path is 104 (macOS) to 108 (Linux) bytes, its closing zero included. */
const SOCKET_PATH_BYTES = 100;
const PRIVATE_FOLDER = 0o700;
const LOOSE = 0o077;

/** Where the parts of a state folder lie. */
export interface StateFolder {
  readonly dir: string;
  readonly database: string;
  readonly lock: string;
  readonly settings: string;
  readonly log: string;
  /** Data of the embedded Worker. */
  readonly worker: string;
  /** Where shipped agents keep what they resume from. */
  readonly agents: string;
  readonly socket: string;
}

/** What the environment says that matters here. */
export interface FolderPlace {
  readonly dir: string;
  /** XDG_RUNTIME_DIR or the temporary directory: for the socket of a state folder with a long path. */
  readonly runtimeDir: string;
  readonly uid: number;
}

/**
 * Makes the folder (0700) if there is none, and refuses one that others can enter: E_POLICY with the command that mends
 * it. Nothing is loosened or tightened silently.
 */
export function openStateFolder(place: FolderPlace): StateFolder {
  const dir = resolve(place.dir);
  makeFolder(dir);
  requirePrivate(dir, place.uid);
  const agents = join(dir, "agents");
  const worker = join(dir, "worker");
  for (const folder of [agents, worker]) makeFolder(folder);
  return { ...partsOf(dir, place), agents, worker };
}

/** The same places without making or checking anything: for the command line that only talks to a running relay. */
export function partsOf(given: string, place: FolderPlace): StateFolder {
  // As the relay itself takes it: the socket's name hangs on it.
  const dir = resolve(given);
  return {
    dir,
    database: join(dir, "relay.db"),
    lock: join(dir, "lock.db"),
    settings: join(dir, "settings.json"),
    log: join(dir, "relay.log"),
    worker: join(dir, "worker"),
    agents: join(dir, "agents"),
    socket: socketPath(dir, place),
  };
}

function socketPath(dir: string, { runtimeDir, uid }: FolderPlace): string {
  const beside = join(dir, "relay.sock");
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES) return beside;
  const name = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  return join(runtimeDir, `kelpie-${uid}`, `${name}.sock`);
}

/** Makes the folder of the socket private where it is not the state folder itself; E_POLICY when it is somebody else's. */
export function prepareSocketFolder(socket: string, state: StateFolder, uid: number): void {
  const folder = resolve(socket, "..");
  if (folder === state.dir) return;
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const stats = lstatSync(folder);
  // A folder in a shared temporary directory may have been put there by anybody.
  if (!stats.isDirectory() || stats.uid !== uid) throw foreign(folder);
  if ((stats.mode & LOOSE) !== 0) chmodSync(folder, PRIVATE_FOLDER);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new AppError(
      "E_DISK",
      { reason: `${folder} cannot be made`, text: cause.message, next: "set KELPIE_HOME to a folder of your own" },
      { cause },
    );
  }
}

function requirePrivate(dir: string, uid: number): void {
  const stats: Stats = lstatSync(dir);
  if (!stats.isDirectory()) throw new AppError("E_POLICY", { reason: `${dir} is not a folder` });
  if (stats.uid !== uid) throw foreign(dir);
  if ((stats.mode & LOOSE) !== 0) {
    throw new AppError("E_POLICY", {
      reason: `others can read ${dir}, which holds this machine's keys`,
      next: `chmod 700 '${dir}'`,
    });
  }
}

function foreign(folder: string): AppError {
  return new AppError("E_POLICY", {
    reason: `${folder} belongs to another user`,
    next: "set KELPIE_HOME to a folder of your own",
  });
}

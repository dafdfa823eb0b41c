// One relay per state folder. SQLite's own file lock: the kernel lets go of it when the process dies, however it dies.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";

const SQLITE_BUSY = 5;

/** The held lock. */
export interface Lock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the lock or throws E_BUSY naming the process that holds it. Keep what it returns: a lock that nothing refers to is
 * collected, and let go of.
 */
export function takeLock(path: string, pid: number): Lock {
  const pidFile = `${path}.pid`;
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    const holder = holderOf(pidFile);
    throw new AppError(
      "E_BUSY",
      {
        reason: `another relay already runs on this state folder${holder === null ? "" : ` (process ${holder})`}`,
        next: `use that one (${kelpie("ls")}), stop it, or set KELPIE_HOME to another folder`,
      },
      { cause },
    );
  }
  writeFileSync(pidFile, String(pid), { mode: 0o600 });
  let isHeld = true;
  return {
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === SQLITE_BUSY
  );
}

function holderOf(pidFile: string): string | null {
  try {
    return readFileSync(pidFile, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null; // between lock and pid file
    throw error;
  }
}

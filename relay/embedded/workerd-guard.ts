// Sees to it that workerd never outlives this process: an orphan keeps the port and the databases (workerd issue 4114).
// Two lines of defence: a guard that kills workerd when our end of its pipe closes, however we died; and a note on disk,
// by which the next start ends what even the guard could not (a power cut spares both, a kill of everything neither).
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "../../schema/index.ts";
import { identify, isSameAlive, type ProcessIdentity } from "./process-identity.ts";

const Identity = z.object({ pid: z.int(), started: z.string(), command: z.string() });
const Note = z.object({ owner: Identity, workerd: z.nullable(Identity) });
type Note = z.infer<typeof Note>;

/** A parent that was killed takes some ms to be gone; one that is still there after this holds the folder, ms. */
const LEAVE_WITHIN_MS = 3_000;
const POLL_MS = 20;

/** The folder is in use by another live process. */
export class DataHeldError extends Error {
  readonly holder: ProcessIdentity;
  constructor(holder: ProcessIdentity) {
    super(`the data folder is in use by process ${holder.pid}`);
    this.holder = holder;
  }
}

/**
 * Takes the folder for this process: waits for a former owner that is just leaving, kills the workerd that a killed
 * owner left. Throws `DataHeldError` when the owner stays. Must be called before workerd is started.
 */
export async function takeDataFolder(dataDir: string): Promise<void> {
  const note = readNote(dataDir);
  if (note !== undefined && note.owner.pid !== process.pid) {
    if (!(await isGone(note.owner))) throw new DataHeldError(note.owner);
    if (note.workerd !== null && note.workerd.command.includes("workerd") && isSameAlive(note.workerd)) {
      process.kill(note.workerd.pid, "SIGKILL");
      if (!(await isGone(note.workerd))) throw new DataHeldError(note.workerd);
    }
  }
  const owner = identify(process.pid);
  if (owner === undefined) throw new Error("cannot read this process's own identity");
  writeNote(dataDir, { owner, workerd: null });
}

/** Removes the note after workerd has ended. */
export function leaveDataFolder(dataDir: string): void {
  rmSync(noteFile(dataDir), { force: true });
}

/**
 * Watches every workerd that this process starts, the first and those after a crash: notes it on disk, guards it, and
 * tells `onStart`. The runtime's library does not tell its pid, Node's own channel does.
 */
export function watchWorkerd(dataDir: string, onStart: (pid: number) => void): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    // Published before the process exists.
    child.once("spawn", () => {
      const { pid } = child;
      if (pid === undefined || !child.spawnfile.includes("workerd")) return;
      const workerd = identify(pid);
      const owner = identify(process.pid);
      if (workerd === undefined || owner === undefined) return;
      writeNote(dataDir, { owner, workerd });
      guard(child, pid);
      onStart(pid);
    });
  });
}

function guard(child: ChildProcess, pid: number): void {
  // A session of its own, so that a kill of our whole group does not take the guard with it.
  const script = 'read -r word; [ "$word" = ended ] || kill -9 "$1"';
  const keeper = spawn("/bin/sh", ["-c", script, "kelpie-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without a shell there is no guard; the note on disk still is.
  keeper.on("error", () => undefined);
  keeper.stdin.on("error", () => undefined);
  keeper.unref();
  child.once("exit", () => keeper.stdin.end("ended\n"));
}

async function isGone(identity: ProcessIdentity): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < LEAVE_WITHIN_MS; waitedMs += POLL_MS) {
    if (!isSameAlive(identity)) return true;
    await delay(POLL_MS);
  }
  return false;
}

function noteFile(dataDir: string): string {
  return join(dataDir, "workerd.pid");
}

function readNote(dataDir: string): Note | undefined {
  try {
    return Note.parse(JSON.parse(readFileSync(noteFile(dataDir), "utf8")));
  } catch {
    // None, or cut short by a crash of the whole machine: then nothing it named runs any more.
    return undefined;
  }
}

function writeNote(dataDir: string, note: Note): void {
  const fresh = `${noteFile(dataDir)}.new`;
  writeFileSync(fresh, JSON.stringify(note), { mode: 0o600 });
  renameSync(fresh, noteFile(dataDir));
}

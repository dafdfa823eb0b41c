// Processes that carry a mark in their environment: what an agent's commands start has it, whichever group they are in.
// Agents give every command a session of its own (claude, gemini), so that the end of their group does not reach them.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Name of the variable; its value names one run of an agent. */
export const MARK_NAME = "KELPIE_AGENT_RUN";

/** What a SIGKILL does not end within this hangs in the kernel; ms. */
const GONE_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 10;

/**
 * SIGKILL to every other process of this user whose environment has the mark (a session host has its agent's); resolves
 * when they are gone, also those that they started meanwhile. Only Linux tells environments; elsewhere it does nothing. A
 * program may clear its environment, so this catches what is ordinary, not what hides.
 */
export async function killMarked(mark: string): Promise<void> {
  if (process.platform !== "linux") return;
  const giveUpAt = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const pids = await markedBy(mark);
    for (const pid of pids) kill(pid);
    if (pids.length === 0 || performance.now() > giveUpAt) return;
    await delay(LOOK_EVERY_MS);
  }
}

async function markedBy(mark: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const looks = await Promise.all(pids.map(async (pid) => ((await isMarked(pid, mark)) ? [Number(pid)] : [])));
  return looks.flat();
}

async function isMarked(pid: string, mark: string): Promise<boolean> {
  try {
    const environ = await readFile(`/proc/${pid}/environ`, "utf8");
    return environ.split("\0").includes(`${MARK_NAME}=${mark}`);
  } catch {
    // It ended meanwhile, or is another user's: then it is not ours to end.
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended between the look and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

// Processes that carry a mark in their environment: what an agent's commands start has it, whichever group they are in.
// Agents give every command a session of its own (claude, gemini), so that the end of their group does not reach them.
import { readdir, readFile } from "node:fs/promises";

/** Name of the variable; its value names one run of an agent. */
export const MARK_NAME = "KELPIE_AGENT_RUN";

/**
 * SIGKILL to every other process of this user whose environment has the mark (a session host has its agent's). Only Linux tells environments; elsewhere it does
 * nothing. A program may clear its environment, so this catches what is ordinary, not what hides.
 */
export async function killMarked(mark: string): Promise<void> {
  if (process.platform !== "linux") return;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  await Promise.all(
    pids.map(async (pid) => {
      if (await isMarked(pid, mark)) kill(Number(pid));
    }),
  );
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

// What the system knows of a process group: signal it, ask whether it lives, recognise its leader later.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { PROBE_TIMEOUT_MS } from "../../schema/index.ts";

const run = promisify(execFile);

/** False when the group has no process left (or none that is ours to signal). `pid` is its leader's. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // ESRCH: nothing is left. EPERM: macOS says so of a group that holds only zombies. Both mean there is nothing to do.
    if (error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")) return false;
    throw error;
  }
}

/** True while a process of the group runs. A zombie does not count: where nobody reaps orphans it stays for ever. */
export async function isGroupAlive(pid: number): Promise<boolean> {
  if (!signalGroup(pid, 0)) return false;
  return process.platform === "linux" ? (await groupMembers(pid)).length > 0 : true;
}

/** Pids of the running processes of a group, from /proc (Linux only). */
async function groupMembers(groupPid: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const members = await Promise.all(
    pids.map(async (pid) => {
      const fields = await readStat(pid);
      const [state, , group] = fields ?? [];
      return state !== "Z" && state !== "X" && group === String(groupPid) ? pid : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

/**
 * A text that, with the pid, names one process of this boot: the kernel's start time and boot id on Linux, `ps` elsewhere.
 * Undefined when there is no such process; a zombie is none: where nobody reaps orphans it stays for ever.
 */
export async function readStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const fields = await readStat(pid);
    const ticks = fields?.[19];
    if (ticks === undefined || fields?.[0] === "Z" || fields?.[0] === "X") return undefined;
    const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${bootId.trim()}:${ticks}`;
  }
  try {
    const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)], { timeout: PROBE_TIMEOUT_MS });
    return stdout.trim() || undefined;
  } catch {
    // ps exits 1 when the process is gone, which is an ordinary answer here.
    return undefined;
  }
}

/** The fields of /proc/<pid>/stat from `state` on (proc_pid_stat(5)): the name before them may hold spaces. */
async function readStat(pid: number): Promise<readonly string[] | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    // The process ended between the listing and the reading: it is not there.
    return undefined;
  }
}

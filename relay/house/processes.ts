// What the system tells of processes: whose they are, what they listen on, what they weigh. Linux only (/proc).
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** TCP_LISTEN in the state column of /proc/net/tcp. */
const LISTEN = "0A";
const KIB = 1024;

/** True while a process of that number exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  const stat = tryRead(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; the state follows the last one.
  return stat !== null && !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
}

/** Processes, other than this one, whose environment or command line holds the word. */
export function processesOf(word: string): readonly number[] {
  return pids().filter(
    (pid) =>
      pid !== process.pid &&
      isAlive(pid) &&
      ["environ", "cmdline"].some((file) => tryRead(`/proc/${pid}/${file}`)?.includes(word) === true),
  );
}

/** The given process and everything it started, children of children too. */
export function familyOf(root: number): readonly number[] {
  const parents = new Map(pids().map((pid) => [pid, parentOf(pid)]));
  const family = [root];
  for (const parent of family) for (const [pid, ppid] of parents) if (ppid === parent) family.push(pid);
  return family;
}

/** TCP ports (v4 and v6) a process listens on, by the inodes of its descriptors. */
export function listeningPorts(pid: number): readonly number[] {
  const inodes = new Set(socketsOf(pid));
  return ["tcp", "tcp6"].flatMap((table) =>
    (tryRead(`/proc/${pid}/net/${table}`) ?? "")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((cells) => cells[3] === LISTEN && inodes.has(cells[9] ?? ""))
      .map((cells) => Number.parseInt(cells[1]?.split(":")[1] ?? "", 16)),
  );
}

/** Resident memory in bytes; 0 when the process is gone. */
export function memoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(tryRead(`/proc/${pid}/status`) ?? "");
  return Number(line?.[1] ?? 0) * KIB;
}

/** Name and arguments, for a message to people. */
export function commandOf(pid: number): string {
  return (tryRead(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return tryList(folder).flatMap((name) => {
    const found = /^socket:\[(\d+)\]$/.exec(tryLink(join(folder, name)));
    return found?.[1] === undefined ? [] : [found[1]];
  });
}

function parentOf(pid: number): number {
  const stat = tryRead(`/proc/${pid}/stat`) ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function pids(): readonly number[] {
  return tryList("/proc").map(Number).filter(Number.isInteger);
}

// A process may end between any two looks, and another user's tells nothing: both read as "not there".
function tryRead(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null; // gone, or not ours
  }
}

function tryList(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone, or not ours
  }
}

function tryLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}

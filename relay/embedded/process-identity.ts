// Tells whether a process noted earlier is still that process: a pid alone may have been given to another meanwhile.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What makes a process itself: `started` is opaque and only ever compared. */
export interface ProcessIdentity {
  pid: number;
  started: string;
  command: string;
}

/** The live process with this pid, undefined when there is none (a zombie is none). Synchronous, some ms at most. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    return process.platform === "linux" ? identifyByProc(pid) : identifyByPs(pid);
  } catch {
    // No such process: /proc has no folder for it, ps exits with 1.
    return undefined;
  }
}

/** True when the noted process still runs. */
export function isSameAlive(noted: ProcessIdentity): boolean {
  const now = identify(noted.pid);
  return now !== undefined && now.started === noted.started && now.command === noted.command;
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces and brackets; what follows the last one does not (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const started = fields[19];
  if (state === "Z" || started === undefined) return undefined;
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  return { pid, started, command };
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  const line = execFileSync("/bin/ps", ["-ww", "-p", String(pid), "-o", "lstart=", "-o", "command="], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { LC_ALL: "C" },
  }).trim();
  // lstart is always 24 characters: "Fri Nov 20 13:22:57 2026".
  return line === "" ? undefined : { pid, started: line.slice(0, 24), command: line.slice(24).trim() };
}

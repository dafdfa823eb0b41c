// Memory and processor time of other processes, as the system tells it.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

const MIB = 1024 * 1024;
const NS_PER_MS = 1e6;

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly rssMib: number;
  readonly cpuMs: number;
  readonly command: string;
}

/** Resident memory, MiB; 0 for a process that is gone. */
export function residentMib(pid: number): number {
  return lines().find((line) => line.pid === pid)?.rssMib ?? 0;
}

/** Processor time used so far by all threads, ms; finer than ps where /proc has it. */
export function processorMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return lines().find((line) => line.pid === pid)?.cpuMs ?? 0;
  let total = 0;
  for (const task of readdirSync(tasks)) {
    const [ranNs] = readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ");
    total += Number(ranNs) / NS_PER_MS;
  }
  return total;
}

/** The children of a process whose command line contains `name`. */
export function childrenOf(pid: number, name: string): number[] {
  return lines()
    .filter((line) => line.parent === pid && line.command.includes(name))
    .map((line) => line.pid);
}

function lines(): ProcessLine[] {
  const table = execFileSync("ps", ["-axo", "pid=,ppid=,rss=,time=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 5)
    .map(([pid, parent, rss, time = "", ...command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      rssMib: (Number(rss) * 1024) / MIB,
      cpuMs: timeMs(time),
      command: command.join(" "),
    }));
}

/** "1-02:03:04" on Linux, "2:03.45" on macOS. */
function timeMs(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  const seconds = (clock ?? "0").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

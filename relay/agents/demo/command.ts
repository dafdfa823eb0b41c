// A shell command the user allowed: its output as it comes, and nothing of it left when the turn is cancelled.
// It stays in the agent's process group on purpose: when the agent is killed, the relay's kill of the group reaches it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** Milliseconds between two reports of growing output. */
const REPORT_EVERY_MS = 100;
const list = promisify(execFile);

export interface CommandOptions {
  /** For /bin/sh: a person has seen and allowed exactly this text. */
  readonly command: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** UTF-16 units of output kept; the end is kept. */
  readonly maxChars: number;
  /** All kept output so far; not called again before the last call is done. */
  readonly onOutput: (output: string) => Promise<void>;
}

export interface CommandEnd {
  readonly output: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Resolves when the command has ended; on abort it and all its descendants are killed first. */
export async function runCommand(options: CommandOptions): Promise<CommandEnd> {
  const child = spawn("/bin/sh", ["-c", options.command], { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  let output = "";
  let reported = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (output = (output + chunk).slice(-options.maxChars)));
  }
  const closed = once(child, "close").then(() => true);
  const stop = (): void => {
    if (pid !== undefined) void killDescendants(pid).finally(() => child.kill("SIGKILL"));
  };
  if (options.signal.aborted) stop();
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    while (!(await Promise.race([closed, delay(REPORT_EVERY_MS, false)]))) {
      if (output !== reported) await options.onOutput((reported = output));
    }
  } finally {
    options.signal.removeEventListener("abort", stop);
    if (child.exitCode === null && child.signalCode === null) stop();
  }
  return { output, exitCode: child.exitCode, signal: child.signalCode };
}

/** Kills everything `root` started, and what that started: SIGKILL, found before any is killed. Not `root` itself. */
export async function killDescendants(root: number): Promise<void> {
  const { stdout } = await list("ps", ["-A", "-o", "pid=,ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  const family = [root];
  for (const parent of family) {
    for (const [pid, ppid] of rows) if (ppid === parent && pid !== undefined) family.push(pid);
  }
  for (const pid of family.slice(1)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself between the listing and now (as `ps` itself has).
    }
  }
}

// One agent program in a process group of its own: its lines, its stdin, and its end. Knows nothing of any protocol.
// Whoever spawns it owns it and must call end(); after `exited` no process of the group is left.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { AGENT_LINE_BYTES, AppError, FORCE_KILL_AFTER_MS, STDERR_TAIL_BYTES } from "../../schema/index.ts";
import { DRAIN_AFTER_EXIT_MS, LINES_AHEAD_CHARS, STRAGGLER_GRACE_MS } from "./agent-limits.ts";
import { ByteTail } from "./byte-tail.ts";
import { settlesWithin } from "./deadline.ts";
import type { ExitReport, OpenOptions } from "./driver.ts";
import { LineQueue } from "./lines.ts";
import { isGroupAlive, readStartTime, signalGroup } from "./process-group.ts";

export interface SpawnAgentOptions {
  /** A path or a name on the PATH of `env`; never a shell line. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly log?: OpenOptions["log"];
}

export interface EndOptions {
  /** Milliseconds between closing stdin and SIGTERM. */
  readonly graceMs: number;
  /** Milliseconds between SIGTERM and SIGKILL; default FORCE_KILL_AFTER_MS. */
  readonly forceKillAfterMs?: number;
}

export interface AgentChild {
  readonly pid: number;
  /** With `pid`, recognises this very process later (see readStartTime); undefined if it ended before it could be read. */
  readonly startTime: string | undefined;
  /** Stdout by line; one reader. Throws E_AGENT for a line over AGENT_LINE_BYTES. Unread lines slow the agent down. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the bytes are in the pipe, which is how a slow agent slows the writer; rejects E_AGENT once it ended. */
  write(line: string): Promise<void>;
  stderrTail(): string;
  /** Never rejects. Resolves after the whole group is gone and all output has been taken from the pipes. */
  readonly exited: Promise<ExitReport>;
  /** Closes stdin, then SIGTERM, then SIGKILL to the group. Idempotent: the first call's times hold. */
  end(options: EndOptions): Promise<ExitReport>;
}

/** Starts the program. Throws E_AGENT (`reason` command-not-found, folder-missing or spawn-failed) if there is none. */
export async function spawnAgent(options: SpawnAgentOptions): Promise<AgentChild> {
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    shell: false,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw await spawnFailure(child, options);
  const owned = new OwnedChild(child, pid, options.log);
  const startTime = await readStartTime(pid);
  return { ...owned.surface(), pid, startTime };
}

async function spawnFailure(child: ChildProcessWithoutNullStreams, options: SpawnAgentOptions): Promise<AppError> {
  const [error]: unknown[] = await once(child, "error");
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  // Node reports a missing working folder as a missing command; only looking tells them apart.
  const hasFolder = await stat(options.cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const reason = !hasFolder ? "folder-missing" : isMissing ? "command-not-found" : "spawn-failed";
  return new AppError("E_AGENT", { reason, command: options.command }, { cause: error });
}

class OwnedChild {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pid: number;
  readonly #lines: LineQueue;
  readonly #stderr = new ByteTail(STDERR_TAIL_BYTES);
  readonly #leaderGone: Promise<{ code: number | null; signal: string | null }>;
  readonly #exited: Promise<ExitReport>;
  #isLeaderGone = false;
  #forced = false;
  #ending: Promise<ExitReport> | undefined;

  constructor(child: ChildProcessWithoutNullStreams, pid: number, log: OpenOptions["log"]) {
    this.#child = child;
    this.#pid = pid;
    this.#lines = new LineQueue({
      maxBytes: AGENT_LINE_BYTES,
      aheadChars: LINES_AHEAD_CHARS,
      onRoom: () => child.stdout.resume(),
    });
    child.stdout.on("data", (chunk: Buffer) => {
      log?.("agent stdout", { bytes: chunk.length });
      // Once the leader is gone only what the pipe holds is left, so taking all of it is bounded.
      if (!this.#lines.push(chunk) && !this.#isLeaderGone) child.stdout.pause();
    });
    child.stdout.once("close", () => this.#lines.end());
    child.stderr.on("data", (chunk: Buffer) => {
      log?.("agent stderr", { text: chunk.toString("utf8") });
      this.#stderr.push(chunk);
    });
    // A pipe that breaks means the agent ended or is ending; write() and `exited` tell it, so nothing is lost here.
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream.on("error", (error) => log?.("agent pipe error", { text: error.message }));
    }
    child.on("error", (error) => log?.("agent process error", { text: error.message }));
    this.#leaderGone = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.#exited = this.#watch();
  }

  surface(): Omit<AgentChild, "pid" | "startTime"> {
    return {
      lines: this.#lines,
      write: (line) => this.#write(line),
      stderrTail: () => this.#stderr.text(),
      exited: this.#exited,
      end: (options) => (this.#ending ??= this.#end(options)),
    };
  }

  async #watch(): Promise<ExitReport> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const { code, signal } = await this.#leaderGone;
    this.#isLeaderGone = true;
    this.#child.stdout.resume();
    await this.#clearGroup();
    await settlesWithin(closed, DRAIN_AFTER_EXIT_MS);
    // Still open: a process that left the group holds the pipe. Its output is not the agent's.
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#lines.end();
    return { code, signal, stderr: this.#stderr.text(), forced: this.#forced };
  }

  async #clearGroup(): Promise<void> {
    if (!signalGroup(this.#pid, "SIGTERM")) return;
    const giveUpAt = performance.now() + STRAGGLER_GRACE_MS;
    while ((await isGroupAlive(this.#pid)) && performance.now() < giveUpAt) await delay(10);
    signalGroup(this.#pid, "SIGKILL");
  }

  #write(line: string): Promise<void> {
    const { stdin } = this.#child;
    if (this.#isLeaderGone || !stdin.writable) return Promise.reject(new AppError("E_AGENT", { reason: "ended" }));
    return new Promise((resolve, reject) => {
      stdin.write(`${line}\n`, (error) => {
        if (error) reject(new AppError("E_AGENT", { reason: "ended" }, { cause: error }));
        else resolve();
      });
    });
  }

  async #end(options: EndOptions): Promise<ExitReport> {
    this.#child.stdin.end();
    if (!(await settlesWithin(this.#leaderGone, options.graceMs))) {
      signalGroup(this.#pid, "SIGTERM");
      if (!(await settlesWithin(this.#leaderGone, options.forceKillAfterMs ?? FORCE_KILL_AFTER_MS))) {
        this.#forced = signalGroup(this.#pid, "SIGKILL");
      }
    }
    return this.#exited;
  }
}

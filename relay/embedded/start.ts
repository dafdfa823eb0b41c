// Starts the embedded Worker beside the relay, as a process that listens and weighs so that the relay need not.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type EmbeddedEvent, type EmbeddedFailure, parseEvent, type Settings } from "./settings.ts";

/** Everything the process is told; see settings.ts for the fields. */
export interface EmbeddedOptions extends Settings {
  /** Each line of the Worker's log, without secrets or user content; dropped when absent. */
  onLog?: (line: string) => void;
}

/** How the process ended: asked to (`code` 0) or not. */
export interface EmbeddedExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running embedded Worker. Whoever started it calls `stop`; should it not, the process ends with its parent. */
export interface Embedded {
  /** The address listened on, without a trailing slash. */
  url: string;
  port: number;
  appOrigin: string;
  pid: number;
  /** workerd's pid of this moment: it changes when workerd crashed and was started again. */
  workerdPid(): number;
  /** Resolves, and never rejects, when the process is gone. */
  exited: Promise<EmbeddedExit>;
  /** Idempotent; resolves when both processes are gone. Clients see their sockets drop without a close frame. */
  stop(): Promise<void>;
}

/** The process refused to start; `failure.code` says why, `failure.reason` says it to people. */
export class EmbeddedError extends Error {
  readonly failure: Omit<EmbeddedFailure, "event">;
  constructor(failure: Omit<EmbeddedFailure, "event">) {
    super(failure.reason);
    this.failure = failure;
  }
}

type ReadyEvent = Extract<EmbeddedEvent, { event: "ready" }>;

/** workerd is killed outright, so an end takes some 30 ms; a process that needs longer hangs. */
const FORCE_KILL_AFTER_MS = 5_000;

/** Starts the process and waits until the Worker answers. Throws `EmbeddedError`; leaves no process behind then. */
export async function startEmbedded({ onLog, ...settings }: EmbeddedOptions): Promise<Embedded> {
  // A session of its own: Ctrl-C must reach the relay only, which says goodbye through the Worker first.
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "main.ts")],
    {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  const exited = exitOf(child);
  // The process may be gone before it read its line; `exited` tells.
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${JSON.stringify(settings)}\n`);
  createInterface({ input: child.stderr }).on("line", (line) => onLog?.(line));

  let workerdPid = 0;
  const ready = await new Promise<ReadyEvent>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = tryParseEvent(line);
      if (event === undefined) onLog?.(line);
      else if (event.event === "ready") resolve(event);
      else if (event.event === "workerd") workerdPid = event.pid;
      else reject(new EmbeddedError(event));
    });
    void exited.then(({ code, signal }) => {
      const reason = `the Worker's process ended (${signal ?? code}) while starting`;
      reject(new EmbeddedError({ code: "E_START", reason }));
    });
  }).catch(async (error: unknown) => {
    await stop(child, exited);
    throw error;
  });
  return {
    url: ready.url,
    port: ready.port,
    appOrigin: ready.appOrigin,
    pid: child.pid ?? 0,
    workerdPid: () => workerdPid,
    exited,
    stop: () => stop(child, exited),
  };
}

function tryParseEvent(line: string): EmbeddedEvent | undefined {
  try {
    return parseEvent(line);
  } catch {
    // A library that prints where it should not must not take the relay down.
    return undefined;
  }
}

function exitOf(child: ChildProcess): Promise<EmbeddedExit> {
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: null, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

async function stop(child: ChildProcess, exited: Promise<EmbeddedExit>): Promise<void> {
  child.stdin?.end();
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), FORCE_KILL_AFTER_MS);
  await exited;
  clearTimeout(force);
}

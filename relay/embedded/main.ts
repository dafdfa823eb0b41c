// The embedded Worker's process: one line of settings on stdin, events as lines on stdout, the Worker's own log on
// stderr. It ends on SIGTERM and when stdin closes, so it never outlives the relay, however the relay ends.
import { mkdirSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Miniflare } from "miniflare";
import { miniflareOptions } from "./miniflare-options.ts";
import { applyMigrations, NewerDatabaseError } from "./migrations.ts";
import { findHolder, takePort } from "./port.ts";
import { type EmbeddedEvent, type EmbeddedFailure, parseSettings, type Settings } from "./settings.ts";
import { DataHeldError, leaveDataFolder, takeDataFolder, watchWorkerd } from "./workerd-guard.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const MIGRATIONS = join(ROOT, "worker", "migrations");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A failure that the relay tells its user; the process ends after it. */
class StartError extends Error {
  readonly failure: Omit<EmbeddedFailure, "event">;
  constructor(failure: Omit<EmbeddedFailure, "event">, options?: ErrorOptions) {
    super(failure.reason, options);
    this.failure = failure;
  }
}

async function main(): Promise<void> {
  // Halves the time that loading miniflare takes; a folder that cannot be written only leaves it slow.
  enableCompileCache(join(ROOT, ".out", "compile-cache"));
  const settings = parseSettings(await firstLine());
  // Its reader is gone when the relay was killed; stdin tells the same.
  process.stdout.on("error", () => undefined);
  const running: { miniflare?: Miniflare } = {};
  const stop = async (): Promise<void> => {
    await running.miniflare?.dispose();
    leaveDataFolder(settings.dataDir);
    process.exit(0);
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = (): void => {
    stopping ??= stop();
  };
  process.stdin.on("end", stopOnce).on("close", stopOnce).resume();
  process.on("SIGTERM", stopOnce);

  running.miniflare = await start(settings);
  // miniflare's listeners end the process at once, in the middle of our own end.
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  process.on("SIGTERM", stopOnce);
}

// Not readline's async iterator: it would close stdin, whose end is our signal to stop.
function firstLine(): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => {
      lines.removeAllListeners("close");
      lines.close();
      resolve(line);
    });
    lines.once("close", () => reject(new Error("stdin closed before the settings came")));
  });
}

async function start(settings: Settings): Promise<Miniflare> {
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  await claimFolder(settings.dataDir);
  sweepTemporaryFolder(join(settings.dataDir, "tmp"));
  const port = await takePort(settings.host, settings.port);
  if (port === undefined) throw await busy(settings.port);
  const appOrigin = settings.appOrigin ?? `http://${settings.host}:${port}`;

  let workerdPid = 0;
  watchWorkerd(settings.dataDir, (pid) => {
    workerdPid = pid;
    emit({ event: "workerd", pid });
  });
  const { Miniflare, NoOpLog } = await import("miniflare");
  const miniflare = new Miniflare({
    ...miniflareOptions({ ...settings, port, appOrigin }),
    log: new NoOpLog(),
    handleStructuredLogs: (entry) => void process.stderr.write(`${JSON.stringify(entry)}\n`),
  });
  try {
    const url = await miniflare.ready;
    await migrate(miniflare);
    emit({ event: "ready", url: url.origin, port, appOrigin, workerdPid });
    return miniflare;
  } catch (error) {
    await miniflare.dispose();
    leaveDataFolder(settings.dataDir);
    if (error instanceof StartError) throw error;
    // Taken between our look and workerd's.
    if (isErrorWithCode(error, "ERR_ADDRESS_IN_USE")) throw await busy(port);
    throw error;
  }
}

async function claimFolder(dataDir: string): Promise<void> {
  try {
    await takeDataFolder(dataDir);
  } catch (error) {
    if (!(error instanceof DataHeldError)) throw error;
    const reason = `${error.message} (${error.holder.command}); end it first`;
    throw new StartError({ code: "E_DATA_HELD", reason }, { cause: error });
  }
}

// miniflare leaves its folder behind when it is killed. In a place of our own the next start can sweep it.
function sweepTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  process.env["TMPDIR"] = folder;
}

async function migrate(miniflare: Miniflare): Promise<void> {
  try {
    await applyMigrations(await miniflare.getD1Database("DB"), MIGRATIONS);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof NewerDatabaseError ? "E_DATA_NEWER" : "E_DATA_BROKEN";
    throw new StartError({ code, reason }, { cause: error });
  }
}

async function busy(port: number): Promise<StartError> {
  const holder = await findHolder(port);
  const reason = holder === undefined ? `port ${port} is in use` : `port ${port} is in use by ${holder}`;
  return new StartError({ code: "EADDRINUSE", reason, port, ...(holder === undefined ? {} : { holder }) });
}

function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function emit(event: EmbeddedEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

try {
  await main();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  emit({ event: "error", ...(error instanceof StartError ? error.failure : { code: "E_START" as const, reason }) });
  // stdout may be a pipe, whose writes are asynchronous: the event must leave first.
  process.stdout.end(() => process.exit(1));
}

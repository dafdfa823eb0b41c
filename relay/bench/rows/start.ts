// Row 5: a warm `npm start` to its ready line; and the relay alone, from its spawn to a proven channel.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { claimHashOf, randomBytes, toB64, z } from "../../../schema/index.ts";
import { ensureBuilt } from "../../embedded/build.ts";
import { startEmbedded } from "../../embedded/start.ts";
import { RELAY_NODE_ARGS } from "../../house/node-args.ts";
import { end } from "../lab.ts";
import type { Measured } from "../report.ts";
import { median } from "../stats.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const BENCH = join(ROOT, "relay", "bench");
const NODE = ["--disable-warning=ExperimentalWarning"];
const RUNS = 5;
const WITHIN_MS = 120_000;

const pidLine = z.object({ pid: z.int() });

/** A command that prints a line with its pid once it is ready. */
interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function starts(): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-start-"));
  try {
    return [await wholeStart(folder), await relayStart(folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wholeStart(folder: string): Promise<Measured> {
  const project = join(folder, "project");
  mkdirSync(project);
  execFileSync("git", ["init", "-q", project]);
  const env = { KELPIE_HOME: join(folder, "state") };
  const ours: Start = { command: "npm", args: ["start", "--silent", "--", "--json", project], env };
  const empty: Start = {
    command: process.execPath,
    args: [...NODE, join(BENCH, "empty-worker.ts"), join(folder, "empty")],
  };
  const [readyMs, floorMs] = await takingTurns(ours, empty);
  return {
    ...{ row: "start", what: "npm start, warm, to the ready line", unit: "ms" },
    value: { ready: readyMs },
    floor: { ready: floorMs },
    floorIs: "node with miniflare and an empty Worker",
    atMost: { ready: 2500 },
  };
}

/** The relay against a Worker that runs already. */
async function relayStart(folder: string): Promise<Measured> {
  const { assetsDir, workerFile } = await ensureBuilt();
  const token = randomBytes(32);
  const worker = await startEmbedded({
    ...{ dataDir: join(folder, "worker"), host: "127.0.0.1", port: 0, appOrigin: null, assetsDir },
    ...{ tokenKey: toB64(randomBytes(32)), claimHash: await claimHashOf(token) },
    workerScript: await readFile(workerFile, "utf8"),
  });
  try {
    const env = { KELPIE_HOME: join(folder, "relay-state") };
    const args = [...RELAY_NODE_ARGS, join(ROOT, "relay", "main.ts"), "connect", worker.url, "--json"];
    const ours: Start = { command: process.execPath, args, env };
    await timeToReady({ ...ours, args: [...args, toB64(token)] });
    const bare: Start = { command: process.execPath, args: [...NODE, join(BENCH, "empty-relay.ts"), worker.url] };
    const [onlineMs, floorMs] = await takingTurns(ours, bare);
    return {
      ...{ row: "start relay", what: "the relay's process, from spawn to online at a running Worker", unit: "ms" },
      value: { online: onlineMs },
      floor: { online: floorMs },
      floorIs: "node that opens a database and asks the Worker once",
      atMost: { online: 300 },
    };
  } finally {
    await worker.stop();
  }
}

/** Medians; the first run of each warms up and does not count. */
async function takingTurns(ours: Start, floor: Start): Promise<[number, number]> {
  const [times, floors]: [number[], number[]] = [[], []];
  for (let run = 0; run <= RUNS; run += 1) {
    const [own, bare] = [await timeToReady(ours), await timeToReady(floor)];
    if (run > 0) {
      times.push(own);
      floors.push(bare);
    }
  }
  return [median(times), median(floors)];
}

/** Spawns, waits for the line, ends it again; answers how long the line took, ms. */
async function timeToReady({ command, args, env }: Start): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(command, args, {
    // As boot.mjs sets it.
    ...{ cwd: ROOT, env: { NODE_COMPILE_CACHE: join(ROOT, ".out", "compile-cache"), ...process.env, ...env } },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const line = await firstLine(child);
    const tookMs = performance.now() - startedAt;
    // npm passes no signal on: the relay itself is told, and npm ends after it.
    const { pid } = pidLine.parse(JSON.parse(line));
    if (pid !== child.pid) process.kill(pid, "SIGTERM");
    return tookMs;
  } finally {
    await end(child);
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
    const timer = setTimeout(() => reject(new Error(`not ready: ${said}`)), WITHIN_MS);
    child.once("exit", () => reject(new Error(`ended before it was ready: ${said}`)));
    if (child.stdout === null) throw new TypeError("no stdout");
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(line);
    });
  });
}

// A hub whose machine is connected while nothing happens: it should write nothing and not wake (design section 8).
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { startBareHub } from "../floor.ts";
import { openLab } from "../lab.ts";
import { processorMs } from "../process-facts.ts";
import type { Measured } from "../report.ts";

/**
 * Longer than one sign of life of the relay (15 s) and, after it, workerd leaves an object with sleeping sockets in memory
 * (10 s): leaving, its database is tidied once.
 */
const SETTLE_MS = 40_000;
const LOOK_MS = 40_000;
/** As for the relay (rows/idle.ts): 0.1 % of a core. A multiple of the floor would not do: that is nought. */
const GOAL_MS = LOOK_MS / 1000;

interface Quiet {
  readonly cpuMs: number;
  /** Files of the databases that changed meanwhile, below the Worker's folder. */
  readonly written: readonly string[];
}

export async function idleHub(): Promise<Measured[]> {
  const lab = await openLab();
  try {
    await lab.session("demo");
    lab.device.stop();
    const ours = await quiet(lab.workerdPid(), lab.workerFolder);
    const floor = await bareQuiet();
    return [
      {
        ...{
          row: "idle hub",
          what: `a hub with its machine connected, over ${LOOK_MS / 1000} s of nothing: its processor time`,
          unit: "ms",
        },
        value: { workerd: ours.cpuMs, "files written": ours.written.length },
        floor: { workerd: floor.cpuMs, "files written": floor.written.length },
        floorIs: "a bare hub with one socket that is open and silent",
        atMost: { workerd: GOAL_MS, "files written": 0 },
        note: `all of workerd; written: ${ours.written.join(", ") || "nothing"}`,
      },
    ];
  } finally {
    await lab.stop();
  }
}

async function bareQuiet(): Promise<Quiet> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-floor-"));
  const hub = await startBareHub(folder);
  const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/viewer`, { perMessageDeflate: false });
  try {
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return await quiet(hub.workerdPid(), join(folder, "data"));
  } finally {
    socket.terminate();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function quiet(workerdPid: number, folder: string): Promise<Quiet> {
  await delay(SETTLE_MS);
  const before = await filesOf(folder);
  const cpuBefore = processorMs(workerdPid);
  await delay(LOOK_MS);
  const cpuMs = processorMs(workerdPid) - cpuBefore;
  const after = await filesOf(folder);
  const changed = [...after]
    .filter(([path, facts]) => before.get(path) !== facts)
    .map(([path]) => relative(folder, path));
  return { cpuMs, written: changed.map(kindOf) };
}

/** An object's database is named by a hash, which says nothing. */
function kindOf(path: string): string {
  return path.replaceAll(/[0-9a-f]{32,}/g, "…");
}

/** Size and time of last change of every file below. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs } = await stat(path);
    files.set(path, `${size} ${mtimeMs}`);
  }
  return files;
}

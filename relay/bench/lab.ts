// A real Kelpie in a folder of its own: `kelpie up` as a process, a paired device, one session of the stamping agent.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z, type MachineId, type SessionId } from "../../schema/index.ts";
import { RELAY_NODE_ARGS } from "../house/node-args.ts";
import { createDevice, type Device, type DeviceParts } from "../../web/test/device.ts";
import { childrenOf } from "./process-facts.ts";
import type { Order } from "./stamping-agent.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const NODE_COMPILE_CACHE = join(ROOT, ".out", "compile-cache");
/** A start builds the Worker and the web app when their sources changed. */
const READY_WITHIN_MS = 120_000;
const TURN_WITHIN_MS = 600_000;

const readyLine = z.object({ event: z.literal("ready"), url: z.string(), pair: z.string(), pid: z.int() });

/** Bytes on the sockets, and of the messages in them, by the name of a frame or the word of a control message. */
export interface Uplink {
  readonly bytes: number;
  readonly kinds: Readonly<Record<string, number>>;
}

/** A running `kelpie up`. */
export interface Lab {
  readonly origin: string;
  readonly relayPid: number;
  /** Where the embedded Worker keeps its databases. */
  readonly workerFolder: string;
  /** The process around workerd, and workerd itself, as of this moment; 0 while there is none. */
  embeddedPid(): number;
  workerdPid(): number;
  readonly device: Device;
  readonly machine: MachineId;
  /** One more device, paired through the first. */
  invite(name: string, parts?: Omit<DeviceParts, "origin">): Promise<Device>;
  /** A fresh session of an agent in the lab's project. */
  session(agent: string): Promise<SessionId>;
  /** Has the stamping agent print, and waits until its turn has ended. Lines are numbered from `from`. */
  print(session: SessionId, order: Order): Promise<void>;
  /** What the relay has written to its sockets so far. */
  uplink(): Promise<Uplink>;
  /** Ends every process and removes the folder. Idempotent. */
  stop(): Promise<void>;
}

export async function openLab(parts: Omit<DeviceParts, "origin"> = {}): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-bench-"));
  const relay = spawnRelay(folder);
  const devices: Device[] = [];
  const stop = once(async () => {
    for (const device of devices) device.stop();
    await end(relay);
    await rm(folder, { recursive: true, force: true });
  });
  try {
    const ready = await readyOf(relay);
    const embeddedPid = (): number => childrenOf(ready.pid, "embedded")[0] ?? 0;
    const device = await createDevice({ ...parts, origin: ready.url });
    devices.push(device);
    const machine = await device.pair(ready.pair, "Bench");
    await device.waitFor(() => device.view().live === "live" && device.view().machines[0]?.projects !== undefined);
    return {
      workerFolder: join(folder, "state", "worker"),
      ...{ origin: ready.url, relayPid: ready.pid, embeddedPid, device, machine, stop },
      workerdPid: () => childrenOf(embeddedPid(), "workerd")[0] ?? 0,
      invite: async (name, more = {}) => {
        const further = await pairFurther(device, machine, { ...more, origin: ready.url }, name);
        devices.push(further);
        return further;
      },
      session: (agent) => startSession(device, machine, agent),
      print: (session, order) => print(device, session, order),
      uplink: () => askUplink(relay),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnRelay(folder: string): ChildProcess {
  const project = join(folder, "project");
  mkdirSync(project);
  execFileSync("git", ["init", "-q", project]);
  const state = join(folder, "state");
  mkdirSync(state, { mode: 0o700 });
  const agent = join(import.meta.dirname, "stamping-agent.ts");
  const command = { id: "bench", command: process.execPath, args: [agent] };
  writeFileSync(join(state, "policy.json"), JSON.stringify({ commands: [command] }), { mode: 0o600 });
  const meter = join(import.meta.dirname, "uplink-meter.ts");
  const args = [...RELAY_NODE_ARGS, "--import", meter, "relay/main.ts", "up", "--json", project];
  return spawn(process.execPath, args, {
    cwd: ROOT,
    // As boot.mjs sets it.
    env: { NODE_COMPILE_CACHE, ...process.env, KELPIE_HOME: state, KELPIE_DEMO_PACE_MS: "0" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

function readyOf(relay: ChildProcess): Promise<z.infer<typeof readyLine>> {
  return new Promise((resolve, reject) => {
    let said = "";
    relay.stderr?.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
    const timer = setTimeout(() => reject(new Error(`not ready: ${said}`)), READY_WITHIN_MS);
    relay.once("exit", () => reject(new Error(`kelpie up ended: ${said}`)));
    if (relay.stdout === null) throw new TypeError("no stdout");
    createInterface({ input: relay.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(readyLine.parse(JSON.parse(line)));
    });
  });
}

async function pairFurther(first: Device, machine: MachineId, parts: DeviceParts, name: string): Promise<Device> {
  const invitation = await first.calls.invite(machine, "admin", false);
  if (!invitation.ok) throw new Error(`no invitation: ${invitation.refusal.code}`);
  const device = await createDevice(parts);
  await device.pair(invitation.data.url, name);
  await device.waitFor(() => device.view().live === "live");
  return device;
}

async function startSession(device: Device, machine: MachineId, agent: string): Promise<SessionId> {
  const root = await device.waitFor(() => device.view().machines[0]?.projects?.projects[0]?.root);
  const accepted = await device.calls.startSession({ machine, root, agent, title: "Bench" });
  if (!accepted.ok) throw new Error(`not started: ${accepted.refusal.code}`);
  const outcome = await device.calls.started(accepted.command);
  if (!outcome.ok) throw new Error(`not started: ${JSON.stringify(outcome.refusal)}`);
  const session = outcome.data.s;
  await device.waitFor(() => device.view().sessions.some((row) => row.session === session && row.state === "idle"));
  return session;
}

async function print(device: Device, session: SessionId, order: Order): Promise<void> {
  const row = () => device.view().sessions.find((each) => each.session === session);
  const tokenOf = () => row()?.since ?? 0;
  const before = tokenOf();
  await device.prompt(session, JSON.stringify(order));
  // `since` moves on at every change of state: running, then idle again.
  await device.waitFor(() => tokenOf() > before && row()?.state === "idle", TURN_WITHIN_MS);
}

function askUplink(relay: ChildProcess): Promise<Uplink> {
  return new Promise((resolve) => {
    relay.once("message", (uplink: Uplink) => resolve(uplink));
    relay.send("uplink");
  });
}

/** Ends a process that cleans up on SIGTERM; kills one that does not. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await exited;
  clearTimeout(force);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}

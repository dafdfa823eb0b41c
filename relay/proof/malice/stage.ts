// Everything one test file of the malicious Worker stands on: the Worker, machines, devices, and how to wait for them.
import { afterAll, afterEach, beforeAll } from "vitest";
import type { DeviceId, SessionId } from "../../../schema/index.ts";
import { createDevice, type Device, type DeviceParts } from "../../../web/test/device.ts";
import { endedTurns, stateOf } from "../../../web/test/product/world.ts";
import { SkippingClock } from "../../../web/test/skipping-clock.ts";
import { HONEST, MaliciousWorker } from "./malicious-worker.ts";
import { EFFECTS, Machine, type MachineOptions } from "./machine.ts";

/** A device with the clock a test may push. */
export interface Phone {
  readonly device: Device;
  readonly clock: SkippingClock;
  readonly d: DeviceId;
}

export class Stage {
  #worker: MaliciousWorker | null = null;
  readonly #machines: Machine[] = [];
  readonly #devices: Device[] = [];

  get worker(): MaliciousWorker {
    if (this.#worker === null) throw new Error("not set");
    return this.#worker;
  }

  /** The file's first machine: made with the stage, shared by its tests. */
  get machine(): Machine {
    const [first] = this.#machines;
    if (first === undefined) throw new Error("not set");
    return first;
  }

  async open({ assetsDir, ...options }: MachineOptions & { readonly assetsDir?: string }): Promise<void> {
    this.#worker = await MaliciousWorker.start(assetsDir === undefined ? {} : { assetsDir });
    this.#machines.push(await Machine.start(this.#worker, null, options));
  }

  /** One more machine of the same Worker. */
  async further(options: MachineOptions = {}): Promise<Machine> {
    const machine = await Machine.start(this.worker, this.machine, options);
    this.#machines.push(machine);
    return machine;
  }

  /** A device that is not paired with anything. */
  async stranger(parts: Partial<DeviceParts> = {}): Promise<{ device: Device; clock: SkippingClock }> {
    const clock = new SkippingClock();
    const device = await createDevice({ origin: this.worker.origin, clock, random: () => 0, ...parts });
    this.#devices.push(device);
    return { device, clock };
  }

  /** A paired device that the machine has greeted. It may not be live yet: see `settled`. */
  async phone(machine = this.machine, parts: Partial<DeviceParts> = {}): Promise<Phone> {
    const { device, clock } = await this.stranger(parts);
    await device.pair(await machine.link(), "phone");
    await device.waitFor(() => device.core.view().outbox.length === 0);
    return { device, clock, d: thisDevice(device) };
  }

  /** A session of the agent whose effects count, with its first turn done, open on the device. */
  async session({ device }: Phone, prompt = "hello", machine = this.machine): Promise<SessionId> {
    const root = await machine.newRoot();
    const asked = await device.calls.startSession({ machine: machine.id, root, agent: EFFECTS, prompt });
    if (!asked.ok) throw new Error(asked.refusal.code);
    const started = await device.calls.started(asked.command);
    if (!started.ok) throw new Error(`${started.refusal.code} ${started.refusal.text ?? ""}`);
    const { s } = started.data;
    await device.core.watch(machine.id, s);
    if (!prompt.startsWith("ask")) await idle(device, s, 1);
    return s;
  }

  /** Between tests: an honest Worker again, and no device of the last test. */
  strike(): void {
    for (const device of this.#devices.splice(0)) device.stop();
    this.worker.strategy = HONEST;
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.stop();
    for (const machine of this.#machines.reverse()) await machine.stop();
    await this.#worker?.stop();
  }
}

/** One stage for all tests of a file. */
export function stageForFile(options: MachineOptions = {}): Stage {
  const stage = new Stage();
  beforeAll(() => stage.open(options));
  afterEach(() => stage.strike());
  afterAll(() => stage.close());
  return stage;
}

/** Live, with an empty outbox. */
export async function settled(device: Device): Promise<void> {
  await device.waitFor(() => device.core.view().live === "live" && device.core.view().outbox.length === 0);
}

/** So many turns have ended, and nothing runs. */
export async function idle(device: Device, session: SessionId, turns: number): Promise<void> {
  await device.waitFor(() => endedTurns(device, session).length === turns && stateOf(device, session) === "idle");
}

/** This device's own name at its first machine. */
export function thisDevice(device: Device): DeviceId {
  const [machine] = device.core.view().machines;
  if (machine === undefined) throw new TypeError("not paired");
  return machine.thisDevice;
}

/** Everything a person can see of a session, without what time alone changes. */
export function shown(device: Device, session: SessionId | null): string {
  const { machines, ...rest } = device.core.view();
  const still = machines.map((machine) => ({ ...machine, liveness: null, clockOffsetMs: null, health: null }));
  return JSON.stringify([still, { ...rest, live: "" }, session === null ? [] : device.entries(session)]);
}

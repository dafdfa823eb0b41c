// A machine in memory with devices around it, for tests of the device.
import { randomId, type MachineId, type SessionId } from "../../schema/index.ts";
import { MemoryStore } from "../live/memory-store.ts";
import type { LiveStore } from "../live/live-store.ts";
import { createDevice, type Device } from "./device.ts";
import { PretendHub } from "./pretend-hub.ts";
import { PretendRelay, said } from "./pretend-relay.ts";
import { SkippingClock } from "./skipping-clock.ts";

export const ORIGIN = "http://127.0.0.1:4000";

export class DeviceWorld {
  readonly relay: PretendRelay;
  readonly hub: PretendHub;
  readonly clock = new SkippingClock();
  readonly #devices: Device[] = [];

  private constructor(relay: PretendRelay) {
    this.relay = relay;
    this.hub = new PretendHub(relay);
  }

  static async create(): Promise<DeviceWorld> {
    return new DeviceWorld(await PretendRelay.create());
  }

  async device(store: LiveStore = new MemoryStore()): Promise<Device> {
    const { post, dial } = this.hub;
    const device = await createDevice({ origin: ORIGIN, post, dial, store, random: () => 0, clock: this.clock });
    this.#devices.push(device);
    return device;
  }

  async paired(store?: LiveStore): Promise<Device> {
    const device = await this.device(store);
    await device.pair(await this.relay.link(ORIGIN));
    await device.waitFor(() => device.view().outbox.length === 0 && device.view().live === "live");
    return device;
  }

  /** A session with one record, known to every device. */
  async session(): Promise<SessionId> {
    const session = randomId<SessionId>();
    await this.hub.append(session, said("hello", "1"));
    await this.hub.head(session);
    return session;
  }

  stop(): void {
    for (const device of this.#devices) device.stop();
  }
}

/** All prose of a conversation in one string. */
export function proseOf(device: Device, session: SessionId): string {
  return device
    .entries(session)
    .flatMap((entry) => (entry.kind === "prose" ? [entry.text] : []))
    .join("|");
}

/** Frames that a device dropped as proving nothing. */
export function droppedBy(device: Device, machine: MachineId = device.machine): number {
  return device.core.machine(machine)?.droppedFrames ?? 0;
}

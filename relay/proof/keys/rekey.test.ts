// S25 over the whole way: a real device, the real Worker, the real relay.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { MACHINE_SESSION, REKEY_COMMANDS, REKEY_MS, type Bytes, type DeviceId } from "../../../schema/index.ts";
import { MemoryStore } from "../../../web/live/memory-store.ts";
import type { TabNote, Tabs } from "../../../web/live/ports.ts";
import type { Device } from "../../../web/test/device.ts";
import { SkippingClock } from "../../../web/test/skipping-clock.ts";
import { KeyWorld, until, type RelayAtWork } from "./key-world.ts";

let world: KeyWorld;
let at: RelayAtWork;
let devices: Device[] = [];

beforeAll(async () => {
  world = await KeyWorld.open();
  at = await world.relay();
});
afterEach(() => {
  for (const device of devices) device.stop();
  devices = [];
});
afterAll(() => world.stop());

async function paired(store = new MemoryStore(), clock = new SkippingClock(), tabs?: Tabs): Promise<Device> {
  const device = await world.device(at, { store, clock, ...(tabs === undefined ? {} : { tabs }) });
  devices.push(device);
  return device;
}

async function again(store: MemoryStore, clock: SkippingClock, tabs?: Tabs): Promise<Device> {
  const device = await world.device(null, { store, clock, ...(tabs === undefined ? {} : { tabs }) });
  devices.push(device);
  return device;
}

const dOf = (device: Device): DeviceId => device.view().machines[0]?.thisDevice ?? ("" as DeviceId);
const generation = (device: Device): number => at.relay.core.trust.get(dOf(device))?.g ?? 0;
const rowOf = (device: Device) => device.core.machine(device.machine)?.row;

/** True once both ends are at `g` and nothing older is left on either. */
const isAt = (device: Device, g: number): boolean =>
  generation(device) === g && rowOf(device)?.g === g && rowOf(device)?.before === undefined;

/** As thirty days on the device's clock; then it is told to look. */
function age(device: Device, clock: SkippingClock): void {
  clock.skip(REKEY_MS);
  device.core.reconnect();
}

/** The machine's time is known by the clock as it is now. */
async function proven(device: Device): Promise<void> {
  await device.waitFor(() => (device.view().machines[0]?.clockOffsetMs ?? 0) < -REKEY_MS / 2);
}

async function renames(device: Device, name: string): Promise<void> {
  expect(await device.calls.renameDevice(device.machine, dOf(device), name)).toMatchObject({ ok: true });
}

function isOnDisk(bytes: Bytes): boolean {
  const folder = world.stateDir();
  const files = readdirSync(folder).filter((name) => name.startsWith("relay.db"));
  return files.some((name) => readFileSync(join(folder, name)).includes(Buffer.from(bytes)));
}

function oldRoot(device: Device): Bytes {
  const root = at.relay.core.db.get("SELECT root FROM dev WHERE d = ?", dOf(device))?.["root"];
  if (!(root instanceof Uint8Array)) throw new Error("no root");
  return new Uint8Array(root);
}

test("S25 after thirty days a device changes its keys, goes on under the new ones, and neither end keeps the old", async () => {
  const clock = new SkippingClock();
  const device = await paired(new MemoryStore(), clock);
  const root = oldRoot(device);
  expect(isOnDisk(root)).toBe(true);
  age(device, clock);
  await until("both ends are one generation further", () => isAt(device, 2));
  expect(isOnDisk(root)).toBe(false);
  expect(await at.relay.core.trust.keys(dOf(device), 1)).toBeNull();
  await renames(device, "renewed");
  await until("nothing is on its way", () => device.view().outbox.length === 0);
  expect(device.view().live).toBe("live");
});

test("S25 so it does after a million counters", async () => {
  const store = new MemoryStore();
  const device = await paired(store);
  await store.reserveCounters(device.machine, 1, REKEY_COMMANDS);
  await renames(device, "busy");
  await until("both ends are one generation further", () => isAt(device, 2));
  expect(generation(device)).toBe(2);
});

test("no new keys while something is open, and what was asked meanwhile arrives", async () => {
  const clock = new SkippingClock();
  const device = await paired(new MemoryStore(), clock);
  const session = await world.session(at, device);
  age(device, clock);
  await proven(device);
  await device.prompt(session, "help");
  await device.waitFor(() => device.entries(session).some((e) => e.kind === "user" && e.delivery === "agent"));
  await until("both ends are one generation further", () => isAt(device, 2));
  await device.prompt(session, "help");
  const read = () => device.entries(session).filter((e) => e.kind === "user" && e.delivery === "agent");
  await device.waitFor(() => read().length === 2);
  await until("nothing is on its way", () => device.view().outbox.length === 0);
  expect(isAt(device, 2)).toBe(true);
});

test("a page that dies at any moment of a rekey goes on with it in its next life", async () => {
  for (let write = 1; write <= 6; write++) {
    const clock = new SkippingClock();
    const store = new MemoryStore();
    let left = write;
    let atDeath: MemoryStore | null = null;
    const dying = new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const result: unknown = await Reflect.apply(value, target, args);
          const isWrite = name === "changeKeys" || name === "changeEntry" || name === "changeMachine";
          if (isWrite && clock.wall() > Date.now() + REKEY_MS / 2 && --left === 0) atDeath = store.snapshot();
          return result;
        };
      },
    });
    const device = await paired(dying, clock);
    age(device, clock);
    await until(`write ${write} of the rekey`, () => atDeath !== null);
    device.stop();
    const next = await again(atDeath ?? store, clock);
    await until(`the keys are new after a death at write ${write}`, () => isAt(next, 2));
    await renames(next, `survivor ${write}`);
    expect(generation(next)).toBe(2);
    next.stop();
  }
}, 120_000);

test("two tabs change the keys once, and both go on", async () => {
  const listeners = new Set<(note: TabNote) => void>();
  const tabs = (): Tabs => {
    let own: ((note: TabNote) => void) | null = null;
    return {
      tell: (note) => {
        for (const listener of listeners) if (listener !== own) listener(note);
      },
      listen: (listener) => {
        own = listener;
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  };
  const [clock, store] = [new SkippingClock(), new MemoryStore()];
  const one = await paired(store, clock, tabs());
  const two = await again(store, clock, tabs());
  await two.waitFor(() => two.view().live === "live");
  clock.skip(REKEY_MS);
  one.core.reconnect();
  two.core.reconnect();
  await until("both tabs are one generation further", () => isAt(one, 2) && isAt(two, 2));
  await Promise.all([renames(one, "by one"), renames(two, "by two")]);
  expect(await one.calls.probeAgents(one.machine)).toMatchObject({ ok: true });
  expect(await two.calls.probeAgents(two.machine)).toMatchObject({ ok: true });
  expect(generation(one)).toBe(2);
});

test("a tab that slept through the change of keys sends nothing under the old ones", async () => {
  const [clock, store] = [new SkippingClock(), new MemoryStore()];
  const one = await paired(store, clock);
  // It hears no note of the other one, as a frozen page does.
  const two = await again(store, clock);
  await two.waitFor(() => two.view().live === "live");
  two.core.page({ visible: true, online: false });
  age(one, clock);
  await until("the one that is awake is further", () => generation(one) === 2);
  two.core.page({ visible: true, online: true });
  await proven(two);
  await renames(two, "slept");
  expect(await two.calls.probeAgents(two.machine)).toMatchObject({ ok: true });
  expect(generation(two)).toBe(2);
});

test("a device whose storage was set back changes its keys instead of naming two commands alike", async () => {
  const [clock, store] = [new SkippingClock(), new MemoryStore()];
  const device = await paired(store, clock);
  const backup = store.snapshot();
  await renames(device, "once");
  await renames(device, "twice");
  device.stop();
  const restored = await again(backup, clock);
  await restored.waitFor(() => restored.view().live === "live");
  const outcome = restored.calls.renameDevice(restored.machine, dOf(restored), "thrice");
  await until("both ends are one generation further", () => isAt(restored, 2));
  expect(await outcome).toMatchObject({ ok: false });
  await renames(restored, "at last");
});

test("the machine's own log tells of every rekey", async () => {
  const { log, trust } = at.relay.core;
  await log.flush();
  expect(log.head(MACHINE_SESSION)?.seq ?? 0).toBeGreaterThan(0);
  expect(trust.list().some(({ g }) => g === 2)).toBe(true);
});

// The machine's own log on a device: read, proven and paged as a conversation is.
import { afterEach, beforeEach, expect, test } from "vitest";
import { genesis, MACHINE_SESSION } from "../../schema/index.ts";
import type { Device } from "../test/device.ts";
import { DeviceWorld, droppedBy } from "../test/device-world.ts";
import { MACHINE_LOG } from "./machine-log.ts";

let world: DeviceWorld;
let device: Device;

beforeEach(async () => {
  world = await DeviceWorld.create();
  device = await world.paired();
});
afterEach(() => world.stop());

const stopped = (ctr: number) => ({ k: "cmd", by: "desk", ctr, op: `op.${ctr}`, status: "done" });
const ops = (): string[] =>
  device.entries(MACHINE_LOG).flatMap((entry) => (entry.kind === "command" ? [entry.op] : []));

test("screens name the machine's own log as the protocol does", () => {
  expect(MACHINE_LOG).toBe(MACHINE_SESSION);
});

test("it has no head document and is followed all the same, from its first record and live", async () => {
  await world.hub.append(MACHINE_SESSION, stopped(1), { k: "note", code: "epoch.rotated", text: "2" });
  await device.watch(MACHINE_LOG);
  await device.waitFor(() => device.entries(MACHINE_LOG).length === 2);
  await world.hub.append(MACHINE_SESSION, stopped(2));
  await device.waitFor(() => ops().length === 2);
  expect(device.entries(MACHINE_LOG)).toMatchObject([
    { kind: "command", by: "desk", op: "op.1", status: "done", code: null },
    { kind: "note", code: "epoch.rotated", text: "2" },
    { kind: "command", op: "op.2" },
  ]);
  expect(device.timeline(device.machine, MACHINE_LOG)).toMatchObject({ status: "ready", more: false, alarm: null });
});

test("of a long one the newest part comes first, and older pages above it until all of it is there", async () => {
  for (let index = 1; index <= 450; index++) await world.relay.append(MACHINE_SESSION, [stopped(index)]);
  // Paired now, and live: a beacon has told it how long the log is.
  device = await world.paired();
  const { machine } = device;
  await device.watch(MACHINE_LOG);
  await device.waitFor(() => ops().at(-1) === "op.450");
  expect(ops().length).toBeLessThan(450);
  expect(device.timeline(machine, MACHINE_LOG).more).toBe(true);
  while (device.timeline(machine, MACHINE_LOG).more) {
    const before = ops().length;
    await device.core.loadOlder(machine, MACHINE_LOG);
    await device.waitFor(() => ops().length > before);
  }
  expect(ops()).toEqual(Array.from({ length: 450 }, (_, index) => `op.${index + 1}`));
});

test("S10: an entry that the machine did not sign is never one", async () => {
  await world.hub.append(MACHINE_SESSION, stopped(1));
  await device.watch(MACHINE_LOG);
  await device.waitFor(() => ops().length === 1);
  const forged = await world.relay.append(MACHINE_SESSION, [stopped(2)]);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const dropped = droppedBy(device);
  world.hub.send(forged);
  await device.waitFor(() => (device.core.reconnect(), droppedBy(device) > dropped));
  expect(ops()).toEqual(["op.1"]);
});

test("S12: a second signed history of it raises the alarm", async () => {
  await world.hub.append(MACHINE_SESSION, stopped(1));
  const twin = await world.relay.seal(MACHINE_SESSION, 1, await genesis(device.machine, MACHINE_SESSION), [stopped(9)]);
  await device.watch(MACHINE_LOG);
  await device.waitFor(() => ops().length === 1);
  world.hub.send(twin);
  await device.waitFor(() => device.timeline(device.machine, MACHINE_LOG).alarm?.kind === "forked");
  expect(ops()).toEqual(["op.1"]);
});

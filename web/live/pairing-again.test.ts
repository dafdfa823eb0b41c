import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionId } from "../../schema/index.ts";
import type { Device } from "../test/device.ts";
import { DeviceWorld, ORIGIN, proseOf } from "../test/device-world.ts";

let world: DeviceWorld;
let device: Device;

beforeEach(async () => {
  world = await DeviceWorld.create();
  device = await world.device();
});
afterEach(() => world.stop());

async function pair(): Promise<void> {
  device.pairing = { step: "idle" };
  await device.pair(await world.relay.link(ORIGIN));
}

/** The counters of the greetings that the machine could open. */
const hellos = () => {
  const found = world.hub.commands.filter(({ plain }) => plain.op === "device.hello");
  return new Set(found.map(({ frame }) => frame.header.ctr));
};

/** What the hub hears is no news to the device. */
async function greeted(times: number): Promise<void> {
  while (hellos().size < times) await new Promise((resolve) => world.clock.after(5, () => resolve(null)));
}

test("a device that pairs again greets the machine anew, although its first greeting had no answer", async () => {
  const answer = world.hub.handle;
  world.hub.handle = () => Promise.resolve(null);
  await pair();
  await greeted(1);
  world.hub.handle = answer;
  await pair();
  await greeted(2);
  expect(hellos().size).toBe(2);
});

test("what was sealed under the keys of an earlier pairing is unknown at once, what was not goes out", async () => {
  await pair();
  const session: SessionId = await world.session();
  await device.waitFor(() => device.view().live === "live" && device.view().sessions.length === 1);
  world.hub.handle = () => Promise.resolve(null);
  await device.prompt(session, "sealed");
  await device.waitFor(() => device.view().outbox[0]?.delivery === "stored");
  await pair();
  await device.waitFor(() => device.view().outbox[0]?.delivery === "unknown");
  expect(device.view().outbox[0]?.refusal?.code).toBe("paired-again");
  const { length } = world.hub.sentCommands;
  await device.prompt(session, "new");
  await device.waitFor(() => world.hub.commands.some(({ plain }) => JSON.stringify(plain.args).includes("new")));
  expect(world.hub.sentCommands.length).toBeGreaterThan(length);
});

test("an open conversation is shown once, also after its machine was paired again", async () => {
  await pair();
  const session: SessionId = await world.session();
  await device.waitFor(() => device.view().live === "live" && device.view().sessions.length === 1);
  await device.watch(session);
  await device.waitFor(() => proseOf(device, session) === "hello");
  await pair();
  await world.hub.append(session, { k: "note", code: "test", text: "later" });
  await device.waitFor(() => device.entries(session).some(({ kind }) => kind === "note"));
  expect(device.entries(session).map(({ kind }) => kind)).toEqual(["prose", "note"]);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { equalBytes, type Bytes } from "../../schema/index.ts";
import { DeviceWorld } from "../test/device-world.ts";
import type { Device } from "../test/device.ts";

let world: DeviceWorld;
let device: Device;
/** What is lost on its way back. */
let lost = 0;

beforeEach(async () => {
  world = await DeviceWorld.create();
  device = await world.paired();
  lost = 0;
  const { handle } = world.hub;
  world.hub.handle = async (command) => {
    if (command.plain.op !== "session.prompt" || lost > 0) return handle(command);
    lost += 1;
    return null;
  };
});

afterEach(() => world.stop());

async function promptFrames(): Promise<Bytes[]> {
  return world.hub.commands.flatMap(({ plain, frame }) => (plain.op === "session.prompt" ? [frame.bytes] : []));
}

test("R6: a command whose answer was lost is sent again, byte for byte, on the same connection", async () => {
  const session = await world.session();
  await device.waitFor(() => device.view().sessions.length === 1);
  await device.prompt(session, "go");
  await device.waitFor(() => lost === 1);
  world.clock.skip(20_000);
  await world.hub.beacon();
  await device.waitFor(() =>
    device.view().outbox.every(({ op, delivery }) => op !== "session.prompt" || delivery === "machine"),
  );
  const [first, second, ...more] = await promptFrames();
  if (first === undefined || second === undefined) throw new Error("sent once");
  expect(equalBytes(first, second)).toBe(true);
  expect(more).toEqual([]);
});

test("a command that has waited for a moment only is left alone", async () => {
  const session = await world.session();
  await device.waitFor(() => device.view().sessions.length === 1);
  await device.prompt(session, "go");
  await device.waitFor(() => lost === 1);
  await world.hub.beacon();
  await world.hub.beacon();
  expect(await promptFrames()).toHaveLength(1);
});

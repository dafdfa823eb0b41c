// Commands played again, by a Worker that kept every one of them.
import { expect, test } from "vitest";
import { openWait } from "../../../web/test/product/world.ts";
import { stageForFile, idle, settled } from "./stage.ts";
import { frameSaid } from "./wire.ts";

const stage = stageForFile();

test("S1 every stored command, played again at any time, after restarts and under any clock, has no effect", async () => {
  const { worker, machine } = stage;
  const phone = await stage.phone();
  const { device } = phone;
  const session = await stage.session(phone, "ask once");
  const wait = await device.waitFor(() => openWait(device, session));
  await device.calls.answer(wait, { option: "yes" });
  await idle(device, session, 1);
  await device.prompt(session, "twice?");
  await idle(device, session, 2);
  await device.calls.probeAgents(device.machine);
  await settled(device);
  const stored = worker.frames("device>hub", "CMD");
  expect(stored.length).toBeGreaterThanOrEqual(5);
  const before = machine.effects();
  expect(before).toEqual(["session", "prompt ask once", "answer yes", "prompt twice?"]);
  worker.lineOf(machine.id).toPeer(...stored.map(({ bytes }) => frameSaid(bytes)));
  for (const { bytes } of stored) await machine.receive(bytes);
  const trusted = machine.trusted();
  for (const hours of [0, -24, 1, 8 * 24, 0]) {
    await machine.restart(hours * 3_600_000);
    for (const { bytes } of stored) await machine.receive(bytes);
    expect(machine.effects(), `clock off by ${hours} h`).toEqual(before);
    expect(machine.trusted()).toBe(trusted);
  }
});

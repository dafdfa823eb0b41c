// Commands played again, by a Worker that kept every one of them.
import { expect, test } from "vitest";
import { openWait } from "../../../web/test/product/world.ts";
import { stageForFile, idle, settled } from "./stage.ts";
import { frameSaid } from "./wire.ts";

const DAY_MS = 86_400_000;

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
  await settled(device);
  await device.calls.probeAgents(device.machine);
  await settled(device);
  const stored = worker.frames("device>hub", "CMD");
  expect(stored.length).toBeGreaterThanOrEqual(5);
  const before = machine.effects();
  expect(before).toEqual(["session", "prompt ask once", "answer yes", "prompt twice?"]);
  const frames = stored.map(({ bytes }) => bytes);
  worker.lineOf(machine.id).toPeer(...frames.map(frameSaid));
  await machine.receive(frames);
  // After eight days the answers are forgotten; then the clock is set back to where every frame is fresh again.
  await machine.restart(8 * DAY_MS);
  for (const days of [0, -1, 0.04, 8, 0]) {
    await machine.restart(days * DAY_MS);
    const standing = machine.standing();
    await machine.receive(frames);
    expect(machine.effects(), `clock off by ${days} days`).toEqual(before);
    expect(machine.standing()).toBe(standing);
  }
});

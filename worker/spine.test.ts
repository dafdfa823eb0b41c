import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeDevice, range, seqsOf, sub } from "./test/fake-device.ts";
import { FakeRelay } from "./test/fake-relay.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

let worker: TestWorker;
beforeAll(async () => void (worker = await startWorker()));
afterAll(() => worker.stop());

test("a record goes from the relay to a subscribed device, a command back, and its result after it", async () => {
  const relay = await FakeRelay.claimed(worker);
  const uplink = await relay.connect();
  const device = await FakeDevice.create(worker);
  await relay.grant(uplink, device);
  const phone = await device.connect(relay);
  const { s, frames } = await relay.session(5);
  uplink.send(...frames.slice(0, 3));
  await uplink.hear("ack", ({ list }) => list.some(([session, q]) => session === s && q === 3));
  phone.say(sub([[s, 0]]));
  await phone.until("stored records", () => seqsOf(phone, s).length === 3);
  uplink.send(...frames.slice(3));
  await phone.until("live records", () => seqsOf(phone, s).length === 5);
  expect(seqsOf(phone, s)).toEqual(range(1, 5));

  phone.send(await device.command(relay, 1));
  await phone.hear("queued", ({ ctr }) => ctr === 1);
  await uplink.until("the command", () => uplink.frames.find(({ name }) => name === "CMD"));
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 1 });
  uplink.send(await relay.result(device, 1));
  await phone.until("the result", () => phone.frames.find(({ name }) => name === "RES"));
});

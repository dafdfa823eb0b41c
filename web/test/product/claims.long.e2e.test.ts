// Claims of protocol section 14 against the whole product: what somebody on the line between device and hub can do.
import { afterEach, expect, test } from "vitest";
import { concat, encodeHeader, joinFrame, randomBytes, type AnyFrame, type SessionId } from "../../../schema/index.ts";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../../relay/house/product.ts";
import type { Device } from "../device.ts";
import { Tap } from "./tap.ts";
import { bubble, commandOf, deliveries, endedTurns, openWait, openWorld, stateOf, type World } from "./world.ts";

let worlds: World[] = [];

afterEach(async () => {
  for (const world of worlds) await world.close();
  worlds = [];
});

async function tapped(name = "phone"): Promise<{ world: World; tap: Tap; device: Device }> {
  const world = await openWorld({ demoPaceMs: 5 });
  worlds.push(world);
  const tap = new Tap(world.product.url);
  const device = await world.device(name, { dial: tap.dial });
  return { world, tap, device };
}

/** Everything a command can change, as the relay itself tells it. */
async function truth(world: World): Promise<string> {
  const sessions = await world.product.desk("ls");
  const ids = [...JSON.stringify(sessions).matchAll(/"session":"([^"]+)"/g)].map(([, id]) => id ?? "");
  const items = await Promise.all(ids.map((id) => world.product.items(id)));
  const devices = JSON.stringify(await world.product.desk("devices.list")).replaceAll(/"last":\d+/g, "");
  return JSON.stringify([sessions, items, devices]);
}

async function idle(device: Device, session: Parameters<typeof stateOf>[1], turns: number): Promise<void> {
  await device.waitFor(() => endedTurns(device, session).length === turns && stateOf(device, session) === "idle");
}

/** The agent has the prompt: the relay's own journal says so. */
async function untilTaken(world: World, session: SessionId, text: string): Promise<void> {
  while ((await deliveries(world, session, text))[1] === 0) await delay(20);
}

test("S1: every command ever sent, replayed after a restart, is answered from memory and runs nothing again", async () => {
  const { world, tap, device } = await tapped();
  const session = await world.begin(device, "run echo once");
  const wait = await device.waitFor(() => openWait(device, session));
  commandOf(await device.calls.answer(wait, { option: "yes" }));
  await idle(device, session, 1);
  commandOf(await device.prompt(session, "stream 2"));
  await idle(device, session, 2);
  const invited = await device.calls.invite(device.machine, "view", false);
  expect(invited.ok).toBe(true);
  const captured = [...new Map(tap.framesOf("CMD", "sent").map((frame) => [frame.header.ctr, frame])).values()];
  const durable = captured.filter(({ header }) => header.class === 1);
  expect(durable.length).toBeGreaterThanOrEqual(5);

  await world.product.restart();
  device.core.reconnect();
  await device.waitFor(() => device.view().live === "live" && device.view().outbox.length === 0);
  // The restart itself is told in the session; only what comes after it counts.
  await device.waitFor(() => stateOf(device, session) === "interrupted");
  const before = await truth(world);
  for (const { bytes, header } of durable) {
    const answers = (): number =>
      tap.framesOf("RES", "received").filter((frame) => frame.header.ctr === header.ctr).length;
    const known = answers();
    await deliver(tap, device, bytes);
    // The answer proves that the relay had the frame in its hands.
    await until(`an answer to ${header.ctr}`, () => answers() > known);
  }
  expect(await truth(world)).toBe(before);
});

test("S2: a command with any one bit flipped has no effect; the true one then runs once", async () => {
  const { world, tap, device } = await tapped();
  const session = await world.begin(device, "stream 1");
  await idle(device, session, 1);
  tap.letsOut = (frame) => frame.name !== "CMD";
  commandOf(await device.prompt(session, "stream 3"));
  const held = await device.waitFor(() =>
    tap.framesOf("CMD", "sent").find(({ header }) => header.class === 1 && header.ctr > 2),
  );
  await until("the prompt's frame", () => tap.framesOf("CMD", "sent").at(-1)?.header.ctr !== 2);
  const whole = held.bytes;
  const before = await truth(world);
  // Version, machine, device, generation, counter, expiry, class, boot, salt, text, tag.
  for (const at of [0, 5, 20, 37, 45, 53, 54, 60, 75, 120, whole.length - 1]) {
    const flipped = whole.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await deliver(tap, device, flipped);
  }
  expect(await truth(world)).toBe(before);
  tap.letsOut = () => true;
  await deliver(tap, device, whole);
  await idle(device, session, 2);
  await deliver(tap, device, whole);
  expect(await deliveries(world, session, "stream 3")).toEqual([1, 1]);
});

/**
 * Says it to the hub until the relay has dealt with it or the hub has hung up; never merely too fast. The device's own
 * first command goes after it: it is answered from memory, and in order, so its answer says that the other was seen.
 */
async function deliver(tap: Tap, device: Device, frame: Uint8Array): Promise<void> {
  const [fence] = tap.framesOf("CMD", "sent");
  if (fence === undefined) throw new Error("the device has said nothing yet");
  const { ctr } = fence.header;
  const answers = (): number => tap.framesOf("RES", "received").filter(({ header }) => header.ctr === ctr).length;
  for (;;) {
    const [texts, closes, answered] = [tap.texts.length, tap.closes, answers()];
    const tooFast = (): string | undefined => tap.texts.slice(texts).find((text) => text.includes("E_RATE"));
    tap.inject(frame);
    tap.inject(fence.bytes);
    await until("a verdict", () => tap.closes > closes || answers() > answered || tooFast() !== undefined);
    if (tap.closes > closes) {
      device.core.reconnect();
      // Asked of the core: the view that was told last may be from before the hang-up.
      await device.waitFor(() => device.core.view().live === "live");
      return;
    }
    const retry = /"retryMs":(\d+)/.exec(tooFast() ?? "");
    if (retry === null) return;
    await delay(Number(retry[1]));
  }
}

test("S3: commands captured on one machine do nothing on another, nor in another slot of the same", async () => {
  const one = await tapped("of one");
  const session = await one.world.begin(one.device, "stream 1");
  await idle(one.device, session, 1);
  const other = await tapped("of other");
  const before = [await truth(one.world), await truth(other.world)];
  const captured = one.tap.framesOf("CMD", "sent").filter(({ header }) => header.class === 1);
  const mine = other.tap.framesOf("CMD", "sent")[0]?.header;
  if (mine === undefined) throw new Error("the other device said nothing");
  for (const { header, bytes, body } of captured) {
    const asMine = joinFrame(encodeHeader("CMD", { ...header, m: mine.m, d: mine.d, ctr: header.ctr + 100 }), body);
    for (const frame of [bytes, asMine]) {
      await deliver(other.tap, other.device, frame);
    }
    const nextSlot = joinFrame(encodeHeader("CMD", { ...header, ctr: header.ctr + 100 }), body);
    const nextGeneration = joinFrame(encodeHeader("CMD", { ...header, g: header.g + 1, ctr: header.ctr + 100 }), body);
    const live = joinFrame(encodeHeader("CMD", { ...header, class: 2, ctr: header.ctr + 100 }), body);
    for (const frame of [nextSlot, nextGeneration, live]) {
      await deliver(one.tap, one.device, frame);
    }
  }
  expect([await truth(one.world), await truth(other.world)]).toEqual(before);
});

test("S8: a revoked device is cut off, its frames do nothing, and later records are under a key it never had", async () => {
  const { world, tap, device } = await tapped();
  const other = new Tap(world.product.url);
  const second = await world.device("tablet", { dial: other.dial });
  const session = await world.begin(device, "stream 1");
  await idle(device, session, 1);
  await second.waitFor(() => stateOf(second, session));
  await second.watch(session);
  tap.letsOut = (frame) => frame.name !== "CMD";
  commandOf(await device.prompt(session, "of the thief"));
  await until("the prompt's frame", () => tap.framesOf("CMD", "sent").at(-1)?.header.ctr !== 2);
  const stolen = tap.framesOf("CMD", "sent").at(-1);
  const known = Math.max(...tap.framesOf("KEYRING", "received").map(({ header }) => header.cur));

  expect(
    await second.calls.revokeDevice(second.machine, device.view().machines[0]?.thisDevice ?? ("" as never)),
  ).toMatchObject({ ok: true });

  await device.waitFor(() => device.view().machines[0]?.refused === "revoked");
  if (stolen === undefined) throw new Error("no frame");
  // A Worker that ignores the revocation would still pass it on: here by the other device's socket.
  await deliver(other, second, stolen.bytes);
  const seen = other.received.length;
  commandOf(await second.prompt(session, "stream 4"));
  await second.waitFor(() => bubble(second, session, "stream 4")?.delivery === "agent");
  await second.waitFor(() => endedTurns(second, session).length === 2);
  const later = other.received.slice(seen).flatMap((frame) => (frame.name === "EVT" ? [frame.header] : []));
  expect(later.filter(({ session: of }) => of === session).length).toBeGreaterThan(0);
  expect(later.filter(({ epoch }) => epoch <= known)).toEqual([]);
  expect(await deliveries(world, session, "of the thief")).toEqual([0, 0]);
  expect(device.entries(session).some((entry) => entry.kind === "user" && entry.blocks[0]?.text === "stream 4")).toBe(
    false,
  );
});

test("S14: without an opened result or record no message says that it arrived, whatever the Worker claims", async () => {
  const { world, tap, device } = await tapped();
  const session = await world.begin(device, "stream 1");
  await idle(device, session, 1);
  const silenced: AnyFrame[] = [];
  tap.letsIn = (frame) => {
    const isNews = frame.name === "RES" || frame.name === "EVT" || frame.name === "DOC";
    if (isNews) silenced.push(frame);
    return !isNews;
  };
  commandOf(await device.prompt(session, "stream 2"));
  await until("the relay's answer", () => silenced.some(({ name }) => name === "RES"));
  await untilTaken(world, session, "stream 2");
  const cmd = tap.framesOf("CMD", "sent").at(-1);
  if (cmd === undefined) throw new Error("no frame");
  const { m, d, g, ctr } = cmd.header;
  // A result made up by somebody without the key, and an old true one of another command with this one's name.
  const forged = joinFrame(encodeHeader("RES", { m, d, g, ctr, n: 1, final: 1 }), randomBytes(300));
  const earlier = tap.framesOf("RES", "received").find(({ header }) => header.ctr !== ctr);
  if (earlier === undefined) throw new Error("no earlier result");
  const renamed = joinFrame(encodeHeader("RES", { ...earlier.header, ctr }), earlier.body);
  for (const frame of [forged, renamed, earlier.bytes]) tap.tell(frame);
  await device.waitFor(() => ["device", "stored"].includes(bubble(device, session, "stream 2")?.delivery ?? ""));
  expect(["device", "stored"]).toContain(bubble(device, session, "stream 2")?.delivery);
  tap.letsIn = () => true;
  tap.breakLine();
  device.core.reconnect();
  await device.waitFor(() => bubble(device, session, "stream 2")?.delivery === "agent");
  expect(concat(...silenced.map(({ bytes }) => bytes)).length).toBeGreaterThan(0);
});

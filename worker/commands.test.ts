import { afterAll, beforeAll, expect, test } from "vitest";
import {
  concat,
  encodePlain,
  FRAME_BYTES,
  lp,
  MESSAGE_BYTES,
  NO_BOOT,
  QUEUE_COMMANDS,
  randomBytes,
  randomId,
  sealFrame,
  SOCKETS_PER_DEVICE,
  toB64,
  u32,
  type Bytes,
  type MachineId,
  type SessionId,
} from "../schema/index.ts";
import { FakeDevice, range, sub } from "./test/fake-device.ts";
import { FakeRelay } from "./test/fake-relay.ts";
import type { FakeSocket, RefusedUpgrade } from "./test/fake-socket.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

let worker: TestWorker;
let relay: FakeRelay;
let device: FakeDevice;
let uplink: FakeSocket;

beforeAll(async () => {
  worker = await startWorker();
  relay = await FakeRelay.claimed(worker);
  uplink = await relay.connect();
  device = await FakeDevice.create(worker);
  await relay.grant(uplink, device);
});
afterAll(() => worker.stop());

const ctrsOf = (socket: FakeSocket): number[] =>
  socket.frames.flatMap((frame) => (frame.name === "CMD" ? [frame.header.ctr] : []));

test("R15 durable commands wait for the relay in order, over a restart, until cgot", async () => {
  await uplink.close();
  let phone = await device.connect(relay);
  for (const ctr of [3, 1, 2]) phone.send(await device.command(relay, ctr));
  for (const ctr of [1, 2, 3]) await phone.hear("queued", (queued) => queued.ctr === ctr);
  await worker.restart();
  uplink = await relay.connect();
  await uplink.until("the queue", () => ctrsOf(uplink).length === 3);
  expect(ctrsOf(uplink)).toEqual([1, 2, 3]);
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 1 });
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 3 });
  await uplink.close();
  uplink = await relay.connect();
  await uplink.until("what is left", () => ctrsOf(uplink).length === 1);
  expect(ctrsOf(uplink)).toEqual([2]);
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 2 });
  phone = await device.connect(relay);
  phone.send(await device.command(relay, 4));
  await uplink.until("a new one", () => ctrsOf(uplink).includes(4));
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 4 });
  await phone.close();
});

test("an expired command leaves the queue, and its device hears it", async () => {
  await uplink.close();
  const phone = await device.connect(relay);
  phone.send(await device.command(relay, 10, { ttlMs: 400 }), await device.command(relay, 11));
  await phone.hear("queued", ({ ctr }) => ctr === 11);
  await phone.hear("err", ({ code, ref }) => code === "E_EXPIRED" && JSON.stringify(ref) === "[1,10]");
  uplink = await relay.connect();
  await uplink.until("the other", () => ctrsOf(uplink).length === 1);
  expect(ctrsOf(uplink)).toEqual([11]);
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 11 });
  await phone.close();
});

test("R15 what the hub's clock finds too old or too far ahead, a present relay judges, and until it has it its place is kept", async () => {
  const phone = await device.connect(relay);
  const ttls = [-1000, 48 * 3_600_000, 60_000];
  for (const [index, ttlMs] of ttls.entries()) phone.send(await device.command(relay, 12 + index, { ttlMs }));
  for (const ctr of [12, 13, 14]) await phone.hear("queued", (queued) => queued.ctr === ctr);
  await uplink.until("all three", () => ctrsOf(uplink).length >= 3);
  await uplink.close();
  uplink = await relay.connect();
  await uplink.until("all three again", () => ctrsOf(uplink).length === 3);
  expect(ctrsOf(uplink)).toEqual([12, 13, 14]);
  expect(phone.texts.some(({ t }) => t === "err")).toBe(false);
  for (const ctr of [12, 13, 14]) uplink.say({ t: "cgot", d: device.d, g: 1, ctr });
  await phone.close();
});

test("without a relay a command that is expired is refused", async () => {
  await uplink.close();
  const phone = await device.connect(relay);
  phone.send(await device.command(relay, 15, { ttlMs: -1000 }));
  await phone.hear("err", ({ code, ref }) => code === "E_EXPIRED" && JSON.stringify(ref) === "[1,15]");
  expect(phone.texts.some(({ t }) => t === "queued")).toBe(false);
  await phone.close();
  uplink = await relay.connect();
});

test("a live command passes to a present relay, and without one is E_OFFLINE at once and never queued", async () => {
  const phone = await device.connect(relay);
  phone.send(await device.command(relay, 20, { live: true }));
  await uplink.until("the live one", () => ctrsOf(uplink).includes(20));
  await uplink.close();
  await phone.hear("ready", ({ relay: presence }) => presence === "off");
  phone.send(await device.command(relay, 21, { live: true }));
  await phone.hear("err", ({ code, ref }) => code === "E_OFFLINE" && JSON.stringify(ref) === "[1,21]");
  phone.send(await device.command(relay, 22));
  await phone.hear("queued", ({ ctr }) => ctr === 22);
  uplink = await relay.connect();
  await uplink.until("the durable one", () => ctrsOf(uplink).length > 0);
  expect(ctrsOf(uplink)).toEqual([22]);
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 22 });
  await phone.close();
});

test("a full queue answers E_QUOTA for the command that found no room", async () => {
  await uplink.close();
  const other = await FakeDevice.create(worker);
  uplink = await relay.connect();
  await relay.grant(uplink, device, other);
  await uplink.close();
  const phone = await other.connect(relay);
  const commands: Bytes[] = [];
  for (const ctr of range(1, 22)) commands.push(await other.command(relay, ctr, { bytes: 190_000 }));
  phone.send(...commands);
  await phone.hear("err", ({ code, ref }) => code === "E_QUOTA" && JSON.stringify(ref) === "[1,22]");
  await phone.hear("queued", ({ ctr }) => ctr === 21);
  expect(QUEUE_COMMANDS).toBeGreaterThan(21);
  uplink = await relay.connect();
  await uplink.until("all that waited", () => ctrsOf(uplink).length === 21);
  for (const ctr of range(1, 21)) uplink.say({ t: "cgot", d: other.d, g: 1, ctr });
  await phone.close();
});

test("an absurd expiry is refused, and two contents under one counter are not both kept", async () => {
  await uplink.close();
  const phone = await device.connect(relay);
  phone.send(await device.command(relay, 30, { ttlMs: 48 * 3_600_000 }));
  await phone.hear("err", ({ code, ref }) => code === "E_EXP_RANGE" && JSON.stringify(ref) === "[1,30]");
  phone.send(await device.command(relay, 31));
  await phone.hear("queued", ({ ctr }) => ctr === 31);
  phone.send(await device.command(relay, 31));
  await phone.hear("err", ({ code, ref }) => code === "E_CTR_REUSED" && JSON.stringify(ref) === "[1,31]");
  uplink = await relay.connect();
  await uplink.until("the first", () => ctrsOf(uplink).length > 0);
  expect(ctrsOf(uplink)).toEqual([31]);
  uplink.say({ t: "cgot", d: device.d, g: 1, ctr: 31 });
  await phone.close();
});

test("a burst beyond the rate is refused with a time to wait, and the socket stays", async () => {
  const phone = await device.connect(relay);
  const command = await device.command(relay, 40, { live: true });
  phone.send(...Array.from({ length: 700 }, () => command));
  const { retryMs } = await phone.hear("err", ({ code }) => code === "E_RATE");
  expect(retryMs).toBeGreaterThan(0);
  phone.say({ t: "list", before: 1, limit: 1 });
  await phone.hear("err", ({ code }) => code === "E_NOT_FOUND");
  await phone.close();
});

test("a result reaches every socket of its device and no other's", async () => {
  const other = await FakeDevice.create(worker);
  await relay.grant(uplink, device, other);
  const sockets = [await device.connect(relay), await device.connect(relay), await other.connect(relay)];
  uplink.send(await relay.result(device, 50), await relay.result(other, 51));
  const resultsOf = (socket: FakeSocket) =>
    socket.frames.flatMap((frame) => (frame.name === "RES" ? [frame.header.ctr] : []));
  for (const socket of sockets) await socket.until("a result", () => resultsOf(socket).length > 0);
  expect(sockets.map(resultsOf)).toEqual([[50], [50], [51]]);
  await Promise.all(sockets.map((socket) => socket.close()));
});

test("a device that is no longer granted is closed with 4403 and does not come back", async () => {
  const other = await FakeDevice.create(worker);
  await relay.grant(uplink, device, other);
  const [phone, theirs] = [await device.connect(relay), await other.connect(relay)];
  await relay.grant(uplink, device);
  expect(await theirs.closed()).toBe(4403);
  await expect(other.token()).rejects.toThrow("E_GRANT");
  expect(phone.closeCode).toBeNull();
  await phone.close();
});

test("a lower grants rev changes nothing", async () => {
  const phone = await device.connect(relay);
  uplink.say({ t: "grants", rev: 1, list: [] });
  uplink.say({ t: "pull", s: randomId<SessionId>(), from: 1, to: 1 });
  await uplink.hear("err", ({ code }) => code === "E_NOT_FOUND");
  phone.say({ t: "list", before: 1, limit: 1 });
  await phone.hear("err", ({ code }) => code === "E_NOT_FOUND");
  expect(phone.closeCode).toBeNull();
  expect(await device.token()).toContain(".");
  await phone.close();
});

test("grants cannot be pushed, nor relay frames be sent, by a device", async () => {
  const { frames } = await relay.session(1);
  const forbidden: (readonly [string, (socket: FakeSocket) => Promise<void> | void])[] = [
    ["grants", (socket) => socket.say({ t: "grants", rev: 9e15, list: [] })],
    ["cgot", (socket) => socket.say({ t: "cgot", d: device.d, g: 1, ctr: 1 })],
    ["pair_open", (socket) => socket.say({ t: "pair_open", pid: device.d, exp: 1 })],
    ["EVT", (socket) => socket.send(...frames)],
    ["KEYRING", async (socket) => socket.send(await relay.keyring(device))],
    ["RES", async (socket) => socket.send(await relay.result(device, 1))],
  ];
  for (const [name, send] of forbidden) {
    const socket = await device.connect(relay);
    await send(socket);
    expect([name, await socket.closed()]).toEqual([name, 4400]);
  }
  expect((await device.connect(relay)).closeCode).toBeNull();
});

test("a command under another device's name, another machine's, or of an unknown class closes 4400", async () => {
  const other = await FakeDevice.create(worker);
  const header = { m: relay.m, d: device.d, g: 1, ctr: 1, exp: Date.now() + 1000, class: 1, boot: NO_BOOT };
  const plain = encodePlain("CMD", {});
  const bad = [
    { ...header, d: other.d },
    { ...header, m: randomId<MachineId>() },
    { ...header, class: 3 },
    { ...header, boot: randomId<typeof NO_BOOT>() },
  ];
  for (const each of bad) {
    const socket = await device.connect(relay);
    socket.send(await sealFrame("CMD", each, relay.root, plain));
    expect(await socket.closed()).toBe(4400);
  }
});

const malformed: (readonly [string, number, (socket: FakeSocket) => void])[] = [
  ["an empty message", 4400, (socket) => socket.sendRaw(new Uint8Array(0))],
  ["a truncated frame", 4400, (socket) => socket.sendRaw(concat(u32(50), randomBytes(10)))],
  ["an unknown version", 4400, (socket) => socket.sendRaw(lp(new Uint8Array(200)))],
  ["an unknown type", 4400, (socket) => socket.sendRaw(lp(concat(Uint8Array.of(1, 0x7f), new Uint8Array(200))))],
  ["a header cut short", 4400, (socket) => socket.sendRaw(lp(Uint8Array.of(1, 0x20, 1)))],
  ["257 frames", 4400, (socket) => socket.sendRaw(concat(...range(1, 257).map(() => lp(Uint8Array.of(1)))))],
  ["a frame too large", 4413, (socket) => socket.sendRaw(lp(new Uint8Array(FRAME_BYTES + 1)))],
  ["a message too large", 4413, (socket) => socket.sendRaw(new Uint8Array(MESSAGE_BYTES + 1))],
  ["text that is no JSON", 4400, (socket) => socket.sayRaw("{")],
  ["an unknown message", 4400, (socket) => socket.say({ t: "nonsense" })],
  ["a message of the wrong shape", 4400, (socket) => socket.say({ t: "pull", s: "x", from: -1, to: 2 })],
  ["a page too long", 4400, (socket) => socket.say({ t: "pull", s: device.d, from: 1, to: 500 })],
  [
    "auth once more",
    4400,
    (socket) => socket.say({ t: "auth", kid: device.d, sig: toB64(randomBytes(64)), client: "" }),
  ],
  ["a control message too large", 4413, (socket) => socket.sayRaw(JSON.stringify({ t: "x".repeat(70_000) }))],
];

test.each(malformed)("%s closes %i, whoever sends it", async (_, code, send) => {
  const phone = await device.connect(relay);
  send(phone);
  expect(await phone.closed()).toBe(code);
  const other = await relay.connect();
  send(other);
  expect(await other.closed()).toBe(code);
  uplink = await relay.connect();
});

test("a relay may not send another machine's frames, or a device's", async () => {
  const foreign = await FakeRelay.create(worker);
  const { frames } = await foreign.session(1);
  for (const frame of [frames[0] ?? new Uint8Array(0), await device.command(relay, 1)]) {
    const socket = await relay.connect();
    socket.send(frame);
    expect(await socket.closed()).toBe(4400);
  }
  uplink = await relay.connect();
});

test("a ninth socket of one device is refused, and a place is free once one closes", async () => {
  const sockets = [];
  const crowd = await FakeDevice.create(worker);
  await relay.grant(uplink, device, crowd);
  const token = await crowd.token();
  for (let count = 0; count < SOCKETS_PER_DEVICE; count++) sockets.push(await crowd.connect(relay, token));
  const status = await crowd.connect(relay, token).then(
    () => 101,
    (error: RefusedUpgrade) => error.status,
  );
  expect(status).toBe(429);
  await sockets.pop()?.close();
  const late = await crowd.connect(relay, token);
  late.say(sub([[randomId<SessionId>(), 0]]));
  await Promise.all([...sockets, late].map((socket) => socket.close()));
});

test("ping is answered without waking the hub's rules, before and after ready", async () => {
  const socket = await device.dial(relay);
  socket.ping();
  await device.prove(socket, relay);
  socket.ping();
  expect(socket.closeCode).toBeNull();
  await socket.close();
});

import { beforeAll, expect, test } from "vitest";
import {
  AUTH_WITHIN_MS,
  encodeHeader,
  INACTIVE_MS,
  joinFrame,
  jwkOfPoint,
  NO_BOOT,
  parseFrame,
  randomBytes,
  randomId,
  signChannel,
  SOCKET_AGE_MS,
  STALLED_BYTES,
  toB64,
  unpackMessage,
  WATCH_EVERY_MS,
  WATCH_SILENT_MS,
  type BootId,
  type Bytes,
  type DeviceId,
  type Hash,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import { inside, newDevicePeer, newRelayPeer, type MemorySocket, type Peer, type World } from "../test/world.ts";

let relay: Peer;
let device: Peer;
let m: MachineId;
let d: DeviceId;

beforeAll(async () => {
  const machine = await newRelayPeer();
  m = machine.m;
  const phone = await newDevicePeer(m);
  d = phone.d;
  [relay, device] = [machine, phone];
});

const prev = toB64(new Uint8Array(32)) as Hash;
const event = (s: SessionId, seq: number, bytes = 100): Bytes =>
  joinFrame(
    encodeHeader("EVT", { m, session: s, epoch: 1, seq, time: seq, prev }),
    randomBytes(bytes),
    randomBytes(64),
  );
const beacon = (): Bytes => {
  const header = encodeHeader("BEACON", { m, epoch: 1, boot: randomId<BootId>(), n: 1, time: 1 });
  return joinFrame(header, randomBytes(50), randomBytes(64));
};
const subscription = (subs: readonly (readonly [SessionId, number])[] = []) => ({
  ...{ t: "sub", subs, docs: 0, nonce: toB64(randomBytes(16)) },
});

test("a socket that does not prove itself in time is closed with 4408 by the alarm", () =>
  inside(async (world) => {
    const silent = world.accept(device.opening);
    await world.pass(AUTH_WITHIN_MS - 1);
    expect(silent.closeCode).toBeNull();
    world.wake();
    await world.pass(1);
    expect(silent.closeCode).toBe(4408);
  }));

test("a socket ends after a day with 4410, and devices hear that the relay went with it", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    await world.pass(1000);
    const phone = await world.connect(device);
    await world.pass(SOCKET_AGE_MS - 1000);
    expect([uplink.closeCode, phone.closeCode]).toEqual([4410, null]);
    expect(phone.last("ready")).toMatchObject({ relay: "off" });
    await world.pass(1000);
    expect(phone.closeCode).toBe(4410);
  }));

test("an idle hub sets no timer and no alarm before the day is over", () =>
  inside(async (world) => {
    await world.connect(relay);
    await world.connect(device);
    await world.pass(AUTH_WITHIN_MS);
    expect(world.timers).toEqual([]);
    expect(world.alarmAt).toBe(world.start + SOCKET_AGE_MS);
  }));

test("a watcher that is silent for 90 s is dropped at the next beacon, and the relay hears it", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(device);
    await world.say(phone, subscription());
    expect(uplink.last("watch")?.list).toHaveLength(1);
    await world.pass(WATCH_SILENT_MS);
    await world.send(uplink, beacon());
    expect(phone.binary).toHaveLength(1);
    await world.pass(1);
    await world.send(uplink, beacon());
    expect(phone.binary).toHaveLength(1);
    expect(uplink.last("watch")?.list).toEqual([]);
  }));

test("changes of watchers within a second are told once, when it is over", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(device);
    await world.say(phone, subscription());
    for (let count = 0; count < 5; count++) await world.say(phone, { t: "alive", nonce: toB64(randomBytes(16)) });
    const nonce = toB64(randomBytes(16));
    await world.say(phone, { t: "alive", nonce });
    expect(uplink.texts.filter(({ t }) => t === "watch")).toHaveLength(1);
    world.wake();
    await world.pass(WATCH_EVERY_MS);
    expect(uplink.texts.filter(({ t }) => t === "watch")).toHaveLength(2);
    expect(uplink.last("watch")?.list).toEqual([[d, nonce]]);
  }));

test("a second message while the proof is being verified closes 4401", () =>
  inside(async (world) => {
    const socket = world.accept(device.opening);
    const first = world.say(socket, { t: "auth", kid: d, sig: toB64(randomBytes(64)), client: "" });
    await world.say(socket, subscription());
    await first;
    expect(socket.closeCode).toBe(4401);
  }));

test("a proof in the other role's name does not pass", () =>
  inside(async (world) => {
    expect((await world.connect(device, "relay")).closeCode).toBe(4401);
    expect((await world.connect(relay, "device")).closeCode).toBe(4401);
  }));

test("S16 a right signature under another's name does not pass", () =>
  inside(async (world) => {
    const socket = world.accept(device.opening);
    const { nonce, conn } = socket.last("hello") ?? { nonce: "", conn: "" };
    const proof = { nonce, conn, machine: m, origin: device.opening.origin, role: "device" } as const;
    const sig = await signChannel(device.pair.privateKey, proof);
    await world.say(socket, { t: "auth", kid: randomId<DeviceId>(), sig, client: "" });
    expect(socket.closeCode).toBe(4401);
  }));

test("heads that a sleep cut short are told again", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const s = randomId<SessionId>();
    await world.send(uplink, event(s, 1));
    const again = world.accept(relay.opening);
    const { nonce, conn } = again.last("hello") ?? { nonce: "", conn: "" };
    const sig = await signChannel(relay.pair.privateKey, { nonce, conn, machine: m, origin: "", role: "relay" });
    const proving = world.say(again, { t: "auth", kid: m, sig, client: "" });
    for (let turns = 0; turns < 1000 && again.last("ready") === undefined; turns++) await Promise.resolve();
    expect(again.last("heads")).toBeUndefined();
    again.texts.length = 0;
    world.wake();
    for (let turns = 0; turns < 1000 && again.last("heads") === undefined; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(again.last("heads")).toMatchObject({ list: [[s, 1, expect.any(String)]], more: false });
    await proving;
  }));

test("R15 a command that comes while a relay is being told the heads keeps its place in the queue", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    await world.send(uplink, event(randomId<SessionId>(), 1));
    world.rules.closed(uplink);
    const phone = await world.connect(device);
    const command = (ctr: number): Bytes => {
      const header = { m, d, g: 1, ctr, exp: world.now + 60_000, class: 1, boot: NO_BOOT };
      return joinFrame(encodeHeader("CMD", header), randomBytes(300));
    };
    await world.send(phone, command(1));
    const again = world.accept(relay.opening);
    const { nonce, conn } = again.last("hello") ?? { nonce: "", conn: "" };
    const sig = await signChannel(relay.pair.privateKey, { nonce, conn, machine: m, origin: "", role: "relay" });
    const proving = world.say(again, { t: "auth", kid: m, sig, client: "" });
    for (let turns = 0; turns < 1000 && again.last("ready") === undefined; turns++) await Promise.resolve();
    expect(again.last("heads")).toBeUndefined();
    await world.send(phone, command(2));
    expect(phone.last("queued")).toMatchObject({ ctr: 2 });
    await proving;
    const frames = again.binary.flatMap((message) => unpackMessage(new Uint8Array(message))).map(parseFrame);
    expect(frames.map(({ name, header }) => [name, "ctr" in header && header.ctr])).toEqual([
      ["CMD", 1],
      ["CMD", 2],
    ]);
  }));

test("R17 a full hub refuses new records with E_QUOTA, acks what it has, and keeps each session's newest", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const s = randomId<SessionId>();
    const first = event(s, 1);
    await world.send(uplink, first);
    const filler = Array.from({ length: 400 }, () => randomId<SessionId>());
    for (const each of filler) await world.send(uplink, event(each, 1, 1000));
    expect(uplink.last("err")).toMatchObject({ code: "E_QUOTA", retryMs: expect.any(Number) });
    expect(uplink.closeCode).toBeNull();
    uplink.texts.length = 0;
    await world.send(uplink, first);
    expect(uplink.last("ack")?.list).toEqual([[s, 1]]);
  }, 200_000));

test("a hub that fills up evicts the oldest and goes on", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const s = randomId<SessionId>();
    for (let seq = 1; seq <= 100; seq++) await world.send(uplink, event(s, seq, 60_000));
    expect(uplink.last("err")).toBeUndefined();
    expect(uplink.last("ack")?.list).toEqual([[s, 100]]);
    expect(world.storage.sql.databaseSize).toBeLessThan(3_000_000);
    const phone = await world.connect(device);
    await world.say(phone, subscription([[s, 0]]));
    expect(phone.last("floor")?.q).toBeGreaterThan(50);
  }, 3_000_000));

test("after 90 days without a relay only each session's newest record is left", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const s = randomId<SessionId>();
    await world.send(uplink, event(s, 1), event(s, 2), event(s, 3));
    world.rules.closed(uplink);
    for (let waited = 0; waited < INACTIVE_MS; waited += SOCKET_AGE_MS) await world.pass(SOCKET_AGE_MS);
    const phone = await world.connect(device);
    await world.say(phone, subscription([[s, 0]]));
    expect(phone.last("floor")).toEqual({ t: "floor", s, q: 2 });
    expect(phone.binary.flatMap((message) => unpackMessage(new Uint8Array(message)))).toHaveLength(1);
  }));

test("grants that the registry refused are written by the alarm", () =>
  inside(async (world) => {
    world.isRegistryDown = true;
    const uplink = await world.connect(relay);
    const list = [{ kid: d, jwk: jwkOfPoint(device.point), role: "device" }];
    await world.say(uplink, { t: "grants", rev: 7, list });
    expect(world.written).toEqual([]);
    world.wake();
    world.isRegistryDown = false;
    await world.pass(60_000);
    expect(world.written).toEqual([{ rev: 7, list }]);
    await world.say(uplink, { t: "grants", rev: 6, list: [] });
    expect(world.written).toHaveLength(1);
  }));

test("a device that is revoked between the Worker's check and its proof does not get in", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const greeted = world.accept(device.opening);
    await world.say(uplink, { t: "grants", rev: 7, list: [] });
    expect(greeted.closeCode).toBe(4403);
    expect(() => world.rules.requireRoom(device.opening)).toThrow("E_GRANT");
    expect(() => world.rules.requireRoom({ ...device.opening, grantsRev: 7 })).not.toThrow();
  }));

test("R10 a socket that reads nothing is closed once results pile up beyond the bound", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(device);
    const header = encodeHeader("RES", { m, d, g: 1, ctr: 1, n: 0, final: 1 });
    const result = joinFrame(header, new Uint8Array(200_000));
    for (let sent = 0; sent <= STALLED_BYTES; sent += result.length) await world.send(uplink, result);
    expect(phone.closeCode).toBe(4429);
  }));

test("sockets with equal needs are sent the same bytes", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const [one, two] = [await world.connect(device), await world.connect(device)];
    const s = randomId<SessionId>();
    for (const phone of [one, two]) await world.say(phone, subscription([[s, 0]]));
    await world.send(uplink, event(s, 1), event(s, 2));
    expect(one.binary[0]).toBeInstanceOf(Uint8Array);
    expect(one.binary[0]).toBe(two.binary[0]);
  }));

test("a message larger than the whole window leaves in parts", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(device);
    const s = randomId<SessionId>();
    await world.say(phone, subscription([[s, 0]]));
    const frames = Array.from({ length: 16 }, (_, index) => event(s, index + 1, 60_000));
    await world.send(uplink, ...frames);
    const count = () => phone.binary.flatMap((message) => unpackMessage(new Uint8Array(message))).length;
    expect(count()).toBeGreaterThan(0);
    expect(count()).toBeLessThan(16);
    while (count() < 16) {
      const before = count();
      await world.say(phone, { t: "got", bytes: phone.binary.reduce((sum, { length }) => sum + length, 0) });
      expect(count()).toBeGreaterThan(before);
    }
  }));

test("grants that wait for the registry are written although nobody is connected, without a hot alarm", () =>
  inside(async (world) => {
    world.isRegistryDown = true;
    const uplink = await world.connect(relay);
    const list = [{ kid: d, jwk: jwkOfPoint(device.point), role: "device" }];
    await world.say(uplink, { t: "grants", rev: 7, list });
    world.rules.closed(uplink);
    uplink.close(1006);
    world.wake();
    await world.pass(60_000);
    expect(world.alarmAt).toBeGreaterThan(world.now);
    world.isRegistryDown = false;
    await world.pass(60_000);
    expect(world.written).toEqual([{ rev: 7, list }]);
  }));

test.each([
  ["revoked", (world: World, uplink: MemorySocket) => world.say(uplink, { t: "grants", rev: 7, list: [] })],
  ["refused", (world: World, _: MemorySocket, phone: MemorySocket) => world.rules.text(phone, "{")],
] as const)("a watcher that the hub itself has closed (%s) is told to the relay, which then may rest", (_, end) =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(device);
    await world.say(phone, subscription());
    expect(uplink.last("watch")?.list).toHaveLength(1);
    await end(world, uplink, phone);
    world.rules.closed(phone);
    await world.pass(WATCH_EVERY_MS);
    expect(uplink.last("watch")?.list).toEqual([]);
  }),
);

import { beforeAll, expect, test } from "vitest";
import {
  COMMANDS_BURST,
  DEVICES_PER_MACHINE,
  PAGES_WAITING,
  randomBytes,
  randomId,
  SILENCE_MS,
  SOCKETS_PER_DEVICE,
  SOCKETS_PER_MACHINE,
  toB64,
  WINDOW_BYTES,
  encodeHeader,
  joinFrame,
  type Bytes,
  type Hash,
  type SessionId,
} from "../../schema/index.ts";
import { inside, newDevicePeer, newRelayPeer, type Peer } from "../test/world.ts";

let relay: Peer;
beforeAll(async () => void (relay = await newRelayPeer()));

const list = { t: "list", before: 1, limit: 1 };
const subscription = (subs: readonly (readonly [SessionId, number])[] = []) => ({
  ...{ t: "sub", subs, docs: 0, nonce: toB64(randomBytes(16)) },
});

test("a machine has 256 sockets at most; its relay always has a place, and a silent socket makes room", () =>
  inside(async (world) => {
    const { m } = relay.opening;
    const count = SOCKETS_PER_MACHINE / SOCKETS_PER_DEVICE;
    expect(count).toBeLessThanOrEqual(DEVICES_PER_MACHINE);
    const peers = await Promise.all(Array.from({ length: count }, () => newDevicePeer(m)));
    const sockets = await Promise.all(
      peers.flatMap((peer) => Array.from({ length: SOCKETS_PER_DEVICE }, () => world.connect(peer))),
    );
    const [late] = [await newDevicePeer(m)];
    expect(() => world.rules.requireRoom(late.opening)).toThrow("E_RATE");
    expect(() => world.rules.requireRoom(relay.opening)).not.toThrow();
    await world.pass(SILENCE_MS + 1);
    for (const socket of sockets.slice(1)) await world.say(socket, { t: "alive", nonce: toB64(randomBytes(16)) });
    expect(() => world.rules.requireRoom(late.opening)).not.toThrow();
    expect(sockets.filter(({ closeCode }) => closeCode !== null)).toEqual([sockets[0]]);
    expect(sockets[0]?.closeCode).toBe(4410);
  }));

test("more questions than a person can ask close 4429, over all sockets of the device", () =>
  inside(async (world) => {
    const device = await newDevicePeer(relay.opening.m);
    const [one, two] = [await world.connect(device), await world.connect(device)];
    for (let count = 0; count < COMMANDS_BURST; count++) await world.say(one, list);
    expect(one.closeCode).toBeNull();
    await world.say(two, subscription());
    expect([one.closeCode, two.closeCode]).toEqual([null, 4429]);
    expect(two.last("err")?.code).toBe("E_RATE");
  }));

test("pages that wait for a full window are bounded, and outlive a sleep", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(await newDevicePeer(relay.opening.m));
    const s = randomId<SessionId>();
    const prev = toB64(new Uint8Array(32)) as Hash;
    const event = (seq: number): Bytes => {
      const header = encodeHeader("EVT", { m: relay.opening.m, session: s, epoch: 1, seq, time: seq, prev });
      return joinFrame(header, new Uint8Array(60_000), new Uint8Array(64));
    };
    for (let seq = 1; seq <= 10; seq++) await world.send(uplink, event(seq));
    await world.say(phone, subscription([[s, 0]]));
    const bytesOf = () => phone.binary.reduce((sum, { length }) => sum + length, 0);
    expect(bytesOf()).toBeLessThanOrEqual(WINDOW_BYTES);
    for (let count = 0; count < PAGES_WAITING; count++) await world.say(phone, { t: "pull", s, from: 1, to: 1 });
    world.wake();
    expect(phone.closeCode).toBeNull();
    for (let before = 0; before !== bytesOf();) {
      before = bytesOf();
      await world.say(phone, { t: "got", bytes: before });
    }
    expect(Math.floor(bytesOf() / 60_000)).toBe(10 + PAGES_WAITING);
  }));

test("one page more than may wait closes 4429", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const phone = await world.connect(await newDevicePeer(relay.opening.m));
    const s = randomId<SessionId>();
    const prev = toB64(new Uint8Array(32)) as Hash;
    const header = encodeHeader("EVT", { m: relay.opening.m, session: s, epoch: 1, seq: 1, time: 1, prev });
    await world.send(uplink, joinFrame(header, new Uint8Array(250_000), new Uint8Array(64)));
    // One is under way, which is more than a fresh connection's window.
    for (let count = 0; count < PAGES_WAITING + 1; count++) await world.say(phone, { t: "pull", s, from: 1, to: 1 });
    expect(phone.closeCode).toBeNull();
    await world.say(phone, { t: "pull", s, from: 1, to: 1 });
    expect(phone.closeCode).toBe(4429);
  }));

import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import {
  AUTH_WITHIN_MS,
  deviceIdOf,
  docIdOf,
  encodeHeader,
  exportPublic,
  generateSigningPair,
  HEAD_DOC,
  INACTIVE_MS,
  joinFrame,
  jwkOfPoint,
  machineIdOf,
  packMessage,
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
  type DocId,
  type Grant,
  type Hash,
  type HubToDevice,
  type HubToRelay,
  type KeyPair,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import type { HubSocket } from "./connections.ts";
import type { Hub } from "./hub-object.ts";
import { HubRules } from "./hub.ts";
import type { Opening } from "./socket-state.ts";
import { createTables, type HubStorage } from "./storage.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      readonly HUB: DurableObjectNamespace<Hub>;
    }
  }
}

type Heard = HubToRelay | HubToDevice;
const ORIGIN = "https://kelpie.example";
const START = 1_800_000_000_000;

/** A socket in memory. */
class MemorySocket implements HubSocket {
  readyState = 1;
  closeCode: number | null = null;
  readonly texts: Heard[] = [];
  readonly binary: Uint8Array[] = [];
  #attachment: unknown = null;

  send(message: string | Uint8Array): void {
    if (typeof message === "string") this.texts.push(JSON.parse(message));
    else this.binary.push(message);
  }
  close(code: number): void {
    this.closeCode ??= code;
    this.readyState = 3;
  }
  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }
  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }
  last<T extends Heard["t"]>(t: T): Extract<Heard, { t: T }> | undefined {
    return this.texts.findLast((each): each is Extract<Heard, { t: T }> => each.t === t);
  }
}

/** A hub over real SQLite, with a clock, timers, an alarm and a registry that a test moves by hand. */
class World {
  now = START;
  alarmAt: number | null = null;
  isRegistryDown = false;
  readonly written: { rev: number; list: readonly Grant[] }[] = [];
  readonly timers: { at: number; run: () => void }[] = [];
  readonly sockets: MemorySocket[] = [];
  readonly storage: HubStorage;
  readonly #headDoc: DocId;
  readonly #budgetBytes: number;
  rules: HubRules;

  constructor(storage: HubStorage, headDoc: DocId, budgetBytes: number) {
    this.storage = storage;
    this.#headDoc = headDoc;
    this.#budgetBytes = budgetBytes;
    this.rules = this.wake();
  }

  /** As after a sleep: nothing but storage, attachments and the alarm is left. */
  wake(): HubRules {
    this.timers.length = 0;
    const deps = {
      now: () => this.now,
      storage: this.storage,
      replaceGrants: async (_: MachineId, rev: number, list: readonly Grant[]) => {
        if (this.isRegistryDown) throw new Error("down");
        this.written.push({ rev, list });
      },
      later: (delayMs: number, run: () => void) => void this.timers.push({ at: this.now + delayMs, run }),
      setAlarm: (at: number) => void (this.alarmAt = at),
      budgetBytes: this.#budgetBytes,
      log: () => undefined,
    };
    const sockets = this.sockets.filter((socket) => socket.readyState === 1);
    this.rules = new HubRules(deps, { sockets, alarmAt: this.alarmAt, headDoc: this.#headDoc, lastPing: () => null });
    return this.rules;
  }

  /** Moves the clock and fires what is due. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    for (const timer of this.timers.splice(0)) {
      if (timer.at <= this.now) timer.run();
      else this.timers.push(timer);
    }
    if (this.alarmAt === null || this.alarmAt > this.now) return;
    this.alarmAt = null;
    await this.rules.alarm();
  }

  accept(opening: Opening): MemorySocket {
    const socket = new MemorySocket();
    this.sockets.push(socket);
    this.rules.accept(socket, opening);
    return socket;
  }

  async connect(peer: Peer, role: "relay" | "device" = peer.role): Promise<MemorySocket> {
    const socket = this.accept(peer.opening);
    const hello = socket.last("hello");
    if (hello === undefined) throw new Error("no hello");
    const proof = { nonce: hello.nonce, conn: hello.conn, machine: peer.opening.m, origin: peer.opening.origin, role };
    const sig = await signChannel(peer.pair.privateKey, proof);
    await this.say(socket, { t: "auth", kid: peer.opening.kid, sig, client: "test" });
    return socket;
  }

  say(socket: MemorySocket, message: object): Promise<void> {
    return this.rules.text(socket, JSON.stringify(message));
  }

  send(socket: MemorySocket, ...frames: readonly Bytes[]): Promise<void> {
    return this.rules.binary(socket, packMessage(frames));
  }
}

interface Peer {
  readonly role: "relay" | "device";
  readonly pair: KeyPair;
  readonly point: Bytes;
  readonly opening: Opening;
}

let relay: Peer & { readonly opening: { readonly m: MachineId } };
let device: Peer;
let headDoc: DocId;
let m: MachineId;
let d: DeviceId;

beforeAll(async () => {
  headDoc = await docIdOf(HEAD_DOC);
  const [ri, da] = [await generateSigningPair(true), await generateSigningPair(true)];
  const [riPoint, daPoint] = [await exportPublic(ri.publicKey), await exportPublic(da.publicKey)];
  m = await machineIdOf(riPoint);
  d = await deviceIdOf(daPoint);
  const base = { m, grantsRev: 0 };
  relay = {
    ...{ role: "relay", pair: ri, point: riPoint },
    opening: { ...base, role: "relay", kid: m, key: toB64(riPoint), origin: "" },
  };
  device = {
    ...{ role: "device", pair: da, point: daPoint },
    opening: { ...base, role: "device", kid: d, key: toB64(daPoint), origin: ORIGIN },
  };
});

function inside(run: (world: World) => Promise<void>, budgetBytes = 1e9): Promise<void> {
  const stub = env.HUB.get(env.HUB.newUniqueId());
  return runInDurableObject(stub, async (_, state) => {
    createTables(state.storage.sql);
    await run(new World(state.storage, headDoc, budgetBytes));
  });
}

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
    expect(world.alarmAt).toBe(START + SOCKET_AGE_MS);
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

test("heads that a sleep cut short are told again", () =>
  inside(async (world) => {
    const uplink = await world.connect(relay);
    const s = randomId<SessionId>();
    await world.send(uplink, event(s, 1));
    const again = world.accept(relay.opening);
    const { nonce, conn } = again.last("hello") ?? { nonce: "", conn: "" };
    const sig = await signChannel(relay.pair.privateKey, { nonce, conn, machine: m, origin: "", role: "relay" });
    const proving = world.say(again, { t: "auth", kid: m, sig, client: "" });
    while (again.last("ready") === undefined) await Promise.resolve();
    expect(again.last("heads")).toBeUndefined();
    again.texts.length = 0;
    world.wake();
    while (again.last("heads") === undefined) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(again.last("heads")).toMatchObject({ list: [[s, 1, expect.any(String)]], more: false });
    await proving;
  }));

test("a full hub refuses new records with E_QUOTA, acks what it has, and keeps each session's newest", () =>
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

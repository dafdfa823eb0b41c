import { afterEach, beforeEach, expect, test } from "vitest";
import {
  channelMessage,
  concat,
  encodeHeader,
  fromB64,
  importVerifyKey,
  IN_FLIGHT_FRAMES,
  LIST_ENTRIES,
  MACHINE_SESSION,
  NO_BOOT,
  packMessage,
  parseFrame,
  PONG,
  randomId,
  SESSIONS_PER_MACHINE,
  sha256,
  toB64,
  verify,
  type AppError,
  type Bytes,
  type DeviceId,
  type Hash,
  type HubToRelay,
  type SessionId,
} from "../../schema/index.ts";
import { Connection } from "./connection.ts";
import { openBench, RecordingSocket, type Bench } from "./test/link-parts.ts";

let bench: Bench;
let socket: RecordingSocket;
let connection: Connection;
let events: string[];
let beacons = 0;

beforeEach(async () => {
  bench = await openBench();
  [socket, events] = [new RecordingSocket(), []];
  connection = new Connection({ ...bench.parts, nextBeacon: () => ++beacons }, socket, {
    ready: () => void events.push("ready"),
    heard: () => undefined,
    broken: (error: AppError) => void events.push(error.code),
  });
});
afterEach(() => {
  connection.close();
  bench.close();
});

const say = (message: HubToRelay): void => connection.text(JSON.stringify(message));
const hello = { t: "hello", v: 1, nonce: toB64(new Uint8Array(32)), conn: toB64(new Uint8Array(16)), time: 1 } as const;
const heads = (over: Partial<Extract<HubToRelay, { t: "heads" }>> = {}): HubToRelay => ({
  ...{ t: "heads", list: [], more: false, docs: 0, grants: 0, rings: [] },
  ...over,
});

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { interval: 2, timeout: 5_000 }).toBe(true);
}

async function online(over: Parameters<typeof heads>[0] = {}): Promise<void> {
  say(hello);
  await until(() => socket.texts.length === 1);
  say({ t: "ready", role: "relay", relay: "on" });
  say(heads(over));
  await until(() => events.includes("ready"));
}

const sequence = (session: SessionId): number[] =>
  socket.frames.flatMap((frame) =>
    frame.name === "EVT" && frame.header.session === session ? [frame.header.seq] : [],
  );

async function sessionWith(records: number): Promise<SessionId> {
  const session = randomId<SessionId>();
  bench.core.log.begin(session);
  for (let at = 0; at < records; at += 1) await bench.core.log.append(session, { k: "state", s: "idle" });
  return session;
}

test("proves its identity over the hub's own nonce and connection, and says nothing else before it is ready", async () => {
  const { identity } = bench.core;
  await sessionWith(1);
  say(hello);
  await until(() => socket.texts.length === 1);
  const [auth] = socket.texts;
  if (auth?.t !== "auth") throw new Error("no proof");
  const message = channelMessage({
    nonce: hello.nonce,
    conn: hello.conn,
    machine: identity.machine,
    origin: "",
    role: "relay",
  });
  const key = await importVerifyKey(identity.riPublic);
  expect(await verify(key, "ws", message, fromB64(auth.sig) ?? new Uint8Array())).toBe(true);
  expect(socket.frames).toEqual([]);
});

test("R1 sends what the hub lacks, from where it stands, and nothing of a session that it has whole", async () => {
  const [behind, equal] = [await sessionWith(3), await sessionWith(2)];
  const { log } = bench.core;
  const at = (session: SessionId, seq: number): Hash => log.hashAt(session, seq) ?? ("" as Hash);
  await online({
    list: [
      [behind, 1, at(behind, 1)],
      [equal, 2, at(equal, 2)],
    ],
  });
  await until(() => sequence(behind).length === 2);
  expect(sequence(behind)).toEqual([2, 3]);
  expect(sequence(equal)).toEqual([]);
});

test("R2 a record is sent when it is committed, once; `need` brings it again", async () => {
  const session = await sessionWith(1);
  await online();
  await until(() => sequence(session).length === 1);
  const { seq } = await bench.core.log.append(session, { k: "state", s: "running" });
  connection.committed([session]);
  connection.committed([session]);
  await until(() => sequence(session).length === 2);
  expect(sequence(session)).toEqual([1, seq]);
  say({ t: "need", s: session, q: 1 });
  await until(() => sequence(session).length === 4);
  expect(sequence(session)).toEqual([1, 2, 1, 2]);
});

test("two acks in one piece open the window twice", async () => {
  const session = await sessionWith(2 * IN_FLIGHT_FRAMES);
  await online();
  await until(() => sequence(session).length === IN_FLIGHT_FRAMES);
  say({ t: "ack", list: [[session, 1]] });
  say({ t: "ack", list: [[session, IN_FLIGHT_FRAMES]] });
  await expect.poll(() => sequence(session).length).toBe(2 * IN_FLIGHT_FRAMES);
});

test("R14 a session of which the hub holds other records is stopped, the others go on", async () => {
  const [forked, fine] = [await sessionWith(1), await sessionWith(1)];
  const other = toB64(await sha256(new Uint8Array(1))) as Hash;
  await online({ list: [[forked, 1, other]] });
  await until(() => sequence(fine).length === 1);
  expect(sequence(forked)).toEqual([]);
  await expect(bench.core.log.append(forked, { k: "state", s: "ended" })).rejects.toMatchObject({ code: "E_FORK" });
});

test("heads come in pages; nothing is compared before the last one", async () => {
  const session = await sessionWith(1);
  say(hello);
  await until(() => socket.texts.length === 1);
  say({ t: "ready", role: "relay", relay: "on" });
  say(heads({ more: true }));
  say(heads({ list: [[session, 1, bench.core.log.hashAt(session, 1) ?? ("" as Hash)]] }));
  await until(() => events.includes("ready"));
  expect(events.filter((event) => event === "ready")).toHaveLength(1);
  expect(sequence(session)).toEqual([]);
});

test("heads without an end break the connection: a machine has only so many sessions", async () => {
  say(hello);
  await until(() => socket.texts.length === 1);
  say({ t: "ready", role: "relay", relay: "on" });
  const h = toB64(await sha256(new Uint8Array(1))) as Hash;
  const page = Array.from({ length: LIST_ENTRIES }, () => [randomId<SessionId>(), 1, h] as [SessionId, number, Hash]);
  for (let sent = 0; sent <= SESSIONS_PER_MACHINE; sent += LIST_ENTRIES) say(heads({ list: page, more: true }));
  await until(() => events.includes("E_SIZE"));
  expect(events).not.toContain("ready");
});

test("open pairings are told after every ready, and closed ones", async () => {
  const { pid } = await bench.pairing.invite({ scope: "view", shell: false });
  await online();
  expect(socket.texts.filter((text) => text.t === "pair_open")).toMatchObject([{ pid }]);
  connection.pairingChanged([pid]);
  expect(socket.texts.at(-2)).toEqual({ t: "pair_close", pid });
});

test("a Worker of another protocol, garbage and unknown messages break the connection, each with its code", async () => {
  say({ ...hello, v: 2 });
  await until(() => events.length === 1);
  for (const text of ["", "{", "[]", '{"t":"nothing-we-know"}', `{"t":"ack","list":"no"}`]) connection.text(text);
  await until(() => events.length === 6);
  expect(events.every((code) => /^E_(FRAME|SCHEMA|SIZE)$/.test(code))).toBe(true);
  connection.text(PONG);
  expect(events).toHaveLength(6);
});

test("frames before ready are dropped; malformed ones after it break the connection and reach nobody", async () => {
  const garbage: Bytes = new Uint8Array([0, 0, 0, 3, 9, 9, 9]);
  connection.binary(garbage);
  expect(events).toEqual([]);
  await online();
  connection.binary(garbage);
  await until(() => events.includes("E_FRAME"));
  connection.binary(packMessage([new Uint8Array([1, 0x10])]));
  await until(() => events.filter((event) => event === "E_FRAME").length === 2);
  expect(bench.received).toEqual([]);
  expect(sequence(MACHINE_SESSION).every((seq) => seq > 0)).toBe(true);
});

test("R15: commands reach the pipeline in the order they came, also when one message follows another", async () => {
  const [d, salt] = [randomId<DeviceId>(), new Uint8Array(512)];
  const header = { m: bench.core.identity.machine, d, g: 1, exp: 1, class: 1, boot: NO_BOOT } as const;
  const command = (ctr: number): Bytes => concat(encodeHeader("CMD", { ...header, ctr }), salt);
  await online();
  connection.binary(packMessage([command(1), command(2), command(3)]));
  connection.binary(packMessage([command(4)]));
  await until(() => bench.received.length === 4);
  const counters = bench.received.map((bytes) => {
    const frame = parseFrame(bytes);
    return frame.name === "CMD" ? frame.header.ctr : 0;
  });
  expect(counters).toEqual([1, 2, 3, 4]);
});

test("after close nothing is sent any more", async () => {
  const session = await sessionWith(1);
  await online();
  await until(() => sequence(session).length === 1);
  connection.close();
  await bench.core.log.append(session, { k: "state", s: "running" });
  connection.committed([session]);
  connection.send({ t: "pair_close", pid: toB64(new Uint8Array(16)) as never });
  expect(sequence(session)).toEqual([1]);
  expect(socket.texts.some((text) => text.t === "pair_close")).toBe(false);
});

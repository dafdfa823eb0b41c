import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BLOB_CHUNK_BYTES,
  docIdOf,
  encodePlain,
  FIRST_WINDOW_BYTES,
  HEAD_DOC,
  HEADS_AT_FIRST,
  MACHINE_SESSION,
  parseFrame,
  randomBytes,
  randomId,
  recordHash,
  sealFrame,
  toB64,
  type BlobId,
  type SessionId,
} from "../schema/index.ts";
import { FakeDevice, range, seqsOf, sub } from "./test/fake-device.ts";
import { FakeRelay } from "./test/fake-relay.ts";
import type { FakeSocket } from "./test/fake-socket.ts";
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

const acked = (s: SessionId, q: number) =>
  uplink.hear("ack", ({ list }) => list.some(([each, at]) => each === s && at === q));

test("R3 an acked record survives a crash of the Worker, and the heads name it with its hash", async () => {
  const { s, frames } = await relay.session(3);
  uplink.send(...frames);
  await acked(s, 3);
  await worker.restart();
  uplink = await relay.connect();
  const { list } = await uplink.hear("heads");
  const { hdr, body } = parseFrame(frames[2] ?? new Uint8Array(0));
  expect(list).toContainEqual([s, 3, await recordHash(hdr, body)]);
});

test("R1 a gap is asked for, the same bytes are acked again, and both change nothing", async () => {
  const { s, frames } = await relay.session(4);
  uplink.send(...frames.slice(0, 2));
  await acked(s, 2);
  uplink.send(...frames.slice(3));
  await uplink.hear("need", (need) => need.s === s && need.q === 3);
  const before = uplink.texts.length;
  uplink.send(...frames.slice(0, 2));
  await uplink.until("a second ack", () => uplink.texts.slice(before).some(({ t }) => t === "ack"));
  uplink.say({ t: "pull", s, from: 1, to: 4 });
  await uplink.until("the pull", () => seqsOf(uplink, s).length === 2);
  expect(seqsOf(uplink, s)).toEqual([1, 2]);
});

test("all records of one message are acked once, cumulatively", async () => {
  const [one, two] = [await relay.session(20), await relay.session(20)];
  const before = uplink.texts.length;
  uplink.send(...one.frames.flatMap((frame, index) => [frame, two.frames[index] ?? frame]));
  await acked(one.s, 20);
  const acks = uplink.texts.slice(before).filter(({ t }) => t === "ack");
  expect(acks).toHaveLength(1);
  expect(acks[0]).toMatchObject({ list: expect.arrayContaining([[two.s, 20]]) });
});

test("R14 other bytes under a stored seq are refused with E_FORK and close 4400, and the first stay", async () => {
  const { s, frames } = await relay.session(2);
  const other = await relay.session(2, 32, s);
  uplink.send(...frames);
  await acked(s, 2);
  const fresh = await relay.session(1);
  uplink.send(...fresh.frames, ...other.frames.slice(1));
  await uplink.hear("err", ({ code, ref }) => code === "E_FORK" && JSON.stringify(ref) === JSON.stringify([s, 2]));
  expect(await uplink.closed()).toBe(4400);
  uplink = await relay.connect();
  const { list } = await uplink.hear("heads");
  expect(list.some(([each]) => each === fresh.s)).toBe(false);
  uplink.say({ t: "pull", s, from: 2, to: 2 });
  const stored = await uplink.until("the record", () => uplink.frames.find(({ name }) => name === "EVT"));
  expect(stored.bytes).toEqual(frames[1]);
});

test("a newer relay closes the older with 4409, and bytes of the older are discarded", async () => {
  const older = uplink;
  const { s, frames } = await relay.session(2);
  const newer = await relay.dial();
  const proving = relay.prove(newer);
  await proving;
  older.send(...frames);
  expect(await older.closed()).toBe(4409);
  uplink = newer;
  await newer.hear("heads", ({ more }) => !more);
  newer.say({ t: "pull", s, from: 1, to: 2 });
  await newer.hear("err", ({ code, ref }) => code === "E_NOT_FOUND" && JSON.stringify(ref) === JSON.stringify([s, 1]));
});

test("R9 a stream goes on without gap or double through a sleep in its middle", async () => {
  const { s, frames } = await relay.session(400, 4000);
  uplink.send(...frames.slice(0, 300));
  await acked(s, 300);
  const phone = await device.connect(relay);
  phone.say(sub([[s, 0]]));
  await phone.until("a window full", () => phone.bytes > FIRST_WINDOW_BYTES / 2);
  await worker.hibernate(relay.m);
  phone.say({ t: "got", bytes: phone.bytes });
  await worker.hibernate(relay.m);
  uplink.send(...frames.slice(300));
  for (let last = 0; seqsOf(phone, s).length < 400; last = phone.bytes) {
    phone.say({ t: "got", bytes: phone.bytes });
    await phone.until("more", () => phone.bytes > last);
  }
  expect(seqsOf(phone, s)).toEqual(range(1, 400));
  await phone.close();
});

test("R10 R11 a stalled device is sent one window and no more, the other sees everything, and `got` resumes", async () => {
  const { s, frames } = await relay.session(600, 4000);
  const [stalled, quick] = [await device.connect(relay), await device.connect(relay)];
  for (const phone of [stalled, quick]) phone.say(sub([[s, 0]]));
  const drain = setInterval(() => quick.say({ t: "got", bytes: quick.bytes }), 5);
  for (let at = 0; at < 600; at += 50) {
    uplink.send(...frames.slice(at, at + 50));
    await acked(s, at + 50);
  }
  await quick.until("all", () => seqsOf(quick, s).length === 600);
  clearInterval(drain);
  expect(seqsOf(quick, s)).toEqual(range(1, 600));
  expect(stalled.bytes).toBeLessThanOrEqual(FIRST_WINDOW_BYTES);
  expect(stalled.bytes).toBeGreaterThan(FIRST_WINDOW_BYTES / 2);
  while (seqsOf(stalled, s).length < 600) {
    const last = stalled.bytes;
    stalled.say({ t: "got", bytes: last });
    await stalled.until("more", () => stalled.bytes > last);
  }
  expect(seqsOf(stalled, s)).toEqual(range(1, 600));
  await Promise.all([stalled.close(), quick.close()]);
});

test("the first message of a catch-up is small, the next ones larger", async () => {
  const { s, frames } = await relay.session(200, 4000);
  uplink.send(...frames);
  await acked(s, 200);
  const phone = await device.connect(relay);
  phone.say(sub([[s, 0]]));
  await phone.until("a fresh connection's window", () => phone.bytes > FIRST_WINDOW_BYTES - 5000);
  expect(phone.messages[0]).toBeLessThanOrEqual(64 * 1024);
  phone.say({ t: "got", bytes: phone.bytes });
  await phone.until("twice as much", () => phone.bytes > 3 * FIRST_WINDOW_BYTES - 10_000);
  expect(phone.messages.at(-1)).toBeGreaterThan(128 * 1024);
  await phone.close();
});

test("a session that stays in a new subscription keeps its place", async () => {
  const [one, two] = [await relay.session(3), await relay.session(3)];
  uplink.send(...one.frames, ...two.frames);
  await acked(two.s, 3);
  const phone = await device.connect(relay);
  phone.say(sub([[one.s, 0]]));
  await phone.until("one", () => seqsOf(phone, one.s).length === 3);
  phone.say(
    sub([
      [one.s, 0],
      [two.s, 1],
    ]),
  );
  await phone.until("two", () => seqsOf(phone, two.s).length === 2);
  expect(seqsOf(phone, one.s)).toEqual([1, 2, 3]);
  expect(seqsOf(phone, two.s)).toEqual([2, 3]);
  phone.say(sub([]));
  phone.say({ t: "pull", s: one.s, from: 1, to: 1 });
  await phone.until("the pulled", () => seqsOf(phone, one.s).length === 4);
  await phone.close();
});

test("the largest subscription outlives a sleep", async () => {
  const many = await Promise.all(Array.from({ length: 64 }, () => relay.session(1)));
  const phone = await device.connect(relay);
  const subs = many.map(({ s }) => [s, 0] as const);
  phone.say({ ...sub(subs), live: subs.map(([s]) => [s, 2 ** 32 - 1]) });
  phone.say({ t: "list", before: 1, limit: 1 });
  await phone.hear("err");
  await worker.hibernate(relay.m);
  uplink.send(...many.flatMap(({ frames }) => frames));
  await phone.until("all", () => many.every(({ s }) => seqsOf(phone, s).length === 1));
  expect(phone.closeCode).toBeNull();
  await phone.close();
});

test("reset moves a session forward, a device below it hears the floor, and backwards is refused", async () => {
  const { s, frames } = await relay.session(12);
  uplink.send(...frames.slice(0, 2));
  await acked(s, 2);
  uplink.say({ t: "reset", s, q: 11 });
  uplink.send(...frames.slice(10));
  await acked(s, 12);
  const phone = await device.connect(relay);
  phone.say(sub([[s, 2]]));
  await phone.hear("floor", (floor) => floor.s === s && floor.q === 10);
  await phone.until("the rest", () => seqsOf(phone, s).length === 2);
  expect(seqsOf(phone, s)).toEqual([11, 12]);
  await phone.close();
  uplink.say({ t: "reset", s, q: 5 });
  expect(await uplink.closed()).toBe(4400);
  uplink = await relay.connect();
});

test("documents arrive by rev, a new device gets the machine's and the newest heads, older ones come by list", async () => {
  const head = await docIdOf(HEAD_DOC);
  const health = await docIdOf("health");
  const docs = [
    await relay.document(MACHINE_SESSION, health, "old"),
    await relay.document(MACHINE_SESSION, health, "new"),
  ];
  for (let index = 0; index < HEADS_AT_FIRST + 5; index++) {
    docs.push(await relay.document(randomId<SessionId>(), head, `head ${index}`));
  }
  uplink.send(...docs);
  const newest = HEADS_AT_FIRST + 5;
  const phone = await device.connect(relay);
  const revsOf = (socket: FakeSocket) =>
    socket.frames.flatMap((frame) => (frame.name === "DOC" ? [frame.header.rev] : []));
  await uplink.hear("ack", ({ docs: rev }) => rev !== undefined && rev >= newest);
  phone.say(sub([], 0));
  await phone.until("documents", () => revsOf(phone).length === HEADS_AT_FIRST + 1);
  const first = revsOf(phone);
  expect(first).toEqual([...first].sort((a, b) => a - b));
  const oldest = first[1] ?? 0;
  phone.say({ t: "list", before: oldest, limit: 3 });
  await phone.until("older heads", () => revsOf(phone).length === HEADS_AT_FIRST + 4);
  expect(revsOf(phone).slice(-3)).toEqual([oldest - 1, oldest - 2, oldest - 3]);
  phone.say({ t: "list", before: 1, limit: 3 });
  await phone.hear("err", ({ code }) => code === "E_NOT_FOUND");

  const live = await relay.document(MACHINE_SESSION, health, "newer");
  const stale = await relay.document(MACHINE_SESSION, health, "stale", 1);
  uplink.send(live, stale);
  const before = Math.max(...first);
  await phone.until("the change", () => revsOf(phone).at(-1) === before + 1);
  const second = await device.connect(relay);
  second.say(sub([], before));
  await second.until("what it lacks", () => revsOf(second).length === 1);
  expect(revsOf(second)).toEqual([before + 1]);
  await Promise.all([phone.close(), second.close()]);
});

test("a keyring reaches its own device only, at ready and when it is replaced", async () => {
  const other = await FakeDevice.create(worker);
  await relay.grant(uplink, device, other);
  uplink.send(await relay.keyring(device, 1_000_001), await relay.keyring(other, 1_000_002));
  const [mine, theirs] = [await device.connect(relay), await other.connect(relay)];
  const ringsOf = (socket: FakeSocket) =>
    socket.frames.flatMap((frame) => (frame.name === "KEYRING" ? [frame.header.rev] : []));
  await mine.until("my keyring", () => ringsOf(mine).length === 1);
  uplink.send(await relay.keyring(device, 1_000_003), await relay.keyring(device, 1_000_000));
  await mine.until("its successor", () => ringsOf(mine).length === 2);
  expect(ringsOf(mine)).toEqual([1_000_001, 1_000_003]);
  expect(ringsOf(theirs)).toEqual([1_000_002]);
  await Promise.all([mine.close(), theirs.close()]);
});

test("a blob is had in chunks, also larger than a fresh connection's window, and one that is not there is E_EVICTED", async () => {
  const { s, frames } = await relay.session(1);
  const bid = randomId<BlobId>();
  const body = new Uint8Array(BLOB_CHUNK_BYTES);
  const chunk = (idx: number) =>
    sealFrame("BLOB", { m: relay.m, session: s, epoch: 1, bid, idx, cnt: 2 }, relay.root, body.fill(idx));
  const chunks = [await chunk(0), await chunk(1)];
  expect(BLOB_CHUNK_BYTES).toBeGreaterThan(FIRST_WINDOW_BYTES);
  uplink.send(...chunks, ...frames);
  await acked(s, 1);
  const phone = await device.connect(relay);
  phone.say({ t: "blob", bid, idx: 1 });
  const got = await phone.until("the chunk", () => {
    phone.say({ t: "got", bytes: phone.bytes });
    return phone.frames.find(({ name }) => name === "BLOB");
  });
  expect(got.bytes).toEqual(chunks[1]);
  phone.say({ t: "blob", bid, idx: 2 });
  expect(await phone.hear("err")).toMatchObject({ code: "E_EVICTED", ref: bid });
  await phone.close();
});

test("watchers are told at once, then at most once a second, and a beacon reaches those who watch", async () => {
  const [watching, silent] = [await device.connect(relay), await device.connect(relay)];
  const asked = sub([]);
  watching.say(asked);
  await uplink.hear("watch", ({ list }) => list.some(([d, nonce]) => d === device.d && nonce === asked.nonce));
  const nonce = toB64(randomBytes(16));
  watching.say({ t: "alive", nonce });
  await uplink.hear("watch", ({ list }) => list.some(([, each]) => each === nonce));
  const header = { m: relay.m, epoch: 1, boot: randomId<never>(), n: 1, time: 1 };
  uplink.send(await sealFrame("BEACON", header, relay.root, encodePlain("BEACON", {}), relay.pair.privateKey));
  await watching.until("the beacon", () => watching.frames.some(({ name }) => name === "BEACON"));
  expect(silent.frames.some(({ name }) => name === "BEACON")).toBe(false);
  await watching.close();
  await uplink.hear("watch", ({ list }) => list.length === 0);
  await silent.close();
});

test("a watch that is due survives a sleep", async () => {
  const phone = await device.connect(relay);
  phone.say(sub([]));
  await uplink.hear("watch", ({ list }) => list.length > 0);
  const nonce = toB64(randomBytes(16));
  phone.say({ t: "alive", nonce });
  phone.say({ t: "list", before: 1, limit: 1 });
  await phone.hear("err");
  await worker.hibernate(relay.m);
  phone.say({ t: "got", bytes: 0 });
  const { list } = await uplink.hear("watch", (watch) => watch.list.some(([, each]) => each === nonce));
  expect(list).toEqual([[device.d, nonce]]);
  await phone.close();
});

test("devices hear when the relay goes and when it is back", async () => {
  const phone = await device.connect(relay);
  await uplink.close();
  await phone.hear("ready", (ready) => ready.relay === "off");
  const before = phone.texts.length;
  uplink = await relay.connect();
  await phone.until("on", () => phone.texts.slice(before).some((each) => each.t === "ready" && each.relay === "on"));
  expect(phone.texts.slice(before)).toHaveLength(1);
  await phone.close();
});

test("a relay, or a watcher, that goes while the hub sleeps is told to those who stay", async () => {
  const [phone, other] = [await device.connect(relay), await device.connect(relay)];
  const asked = sub([]);
  other.say(asked);
  await uplink.hear("watch", ({ list }) => list.some(([, nonce]) => nonce === asked.nonce));
  await worker.hibernate(relay.m);
  const before = uplink.texts.length;
  await other.close();
  await uplink.until("nobody", () =>
    uplink.texts.slice(before).some((each) => each.t === "watch" && each.list.length === 0),
  );
  await worker.hibernate(relay.m);
  await uplink.close();
  await phone.hear("ready", (ready) => ready.relay === "off");
  expect(phone.closeCode).toBeNull();
  await phone.close();
  uplink = await relay.connect();
});

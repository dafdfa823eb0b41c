import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  concat,
  encodePlain,
  fromB64,
  jwkOfPoint,
  lp,
  PAIR_LINK_MS,
  PAIR_UNKNOWN_PER_MINUTE,
  PAIRS_OPEN,
  randomId,
  ROUTES,
  sealFrame,
  type Bytes,
  type MachineId,
  type PairId,
} from "../schema/index.ts";
import { FakeDevice } from "./test/fake-device.ts";
import { FakeRelay } from "./test/fake-relay.ts";
import type { FakeSocket } from "./test/fake-socket.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

let worker: TestWorker;
let relay: FakeRelay;
let uplink: FakeSocket;
let pid: PairId;

beforeAll(async () => {
  worker = await startWorker();
  relay = await FakeRelay.claimed(worker);
  uplink = await relay.connect();
});
beforeEach(() => {
  if (pid !== undefined) uplink.say({ t: "pair_close", pid });
  pid = randomId<PairId>();
  uplink.say({ t: "pair_open", pid, exp: Date.now() + PAIR_LINK_MS });
});
afterAll(() => worker.stop());

type PairName = "PAIR1" | "PAIR2" | "PAIR3" | "PAIR4";
const pairFrame = (name: PairName, of = pid): Promise<Bytes> =>
  sealFrame(name, { pid: of }, relay.root, encodePlain(name, { some: "thing" }));

function post(frame: Uint8Array<ArrayBuffer>, choice: { m?: MachineId; headers?: Record<string, string> } = {}) {
  const headers = { "Content-Type": "application/octet-stream", ...choice.headers };
  return fetch(`${worker.url}${ROUTES.pair(choice.m ?? relay.m)}`, { method: "POST", headers, body: frame });
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

const heard = (frame: Bytes) =>
  uplink.until("the pairing frame", () => uplink.frames.find(({ bytes }) => Buffer.compare(bytes, frame) === 0));

test("PAIR1 goes to the relay, and its PAIR2 comes back as the answer, to every post that waits", async () => {
  const pair1 = await pairFrame("PAIR1");
  const posts = [post(pair1), post(pair1)];
  await uplink.until(
    "both",
    () => uplink.frames.filter(({ bytes }) => Buffer.compare(bytes, pair1) === 0).length === 2,
  );
  const pair2 = await pairFrame("PAIR2");
  uplink.send(pair2);
  for (const response of await Promise.all(posts)) {
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/octet-stream");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(pair2);
  }
});

test("PAIR4 leaves only once the grants push that names the device is in the registry", async () => {
  const device = await FakeDevice.create(worker);
  const pair3 = await pairFrame("PAIR3");
  const answering = post(pair3);
  await heard(pair3);
  const ring = await relay.keyring(device);
  const pair4 = await pairFrame("PAIR4");
  uplink.say({ t: "grants", rev: Date.now(), list: [{ kid: device.d, jwk: jwkOfPoint(device.da), role: "device" }] });
  uplink.send(pair4, ring);
  const response = await answering;
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(concat(lp(pair4), lp(ring)));
  const phone = await device.connect(relay);
  const stored = await phone.until("its keyring", () => phone.frames.find(({ name }) => name === "KEYRING"));
  expect(stored.bytes).toEqual(ring);
  await phone.close();
});

test("PAIR4 does not leave while the registry refuses the grants, and leaves when it has them", async () => {
  const device = await FakeDevice.create(worker);
  const db = await worker.miniflare.getD1Database("DB");
  await db.prepare("ALTER TABLE grants RENAME TO elsewhere").run();
  const pair3 = await pairFrame("PAIR3");
  const answering = post(pair3);
  await heard(pair3);
  const rev = Date.now() + 1_000_000;
  const ring = await relay.keyring(device, rev);
  const pair4 = await pairFrame("PAIR4");
  uplink.say({ t: "grants", rev, list: [{ kid: device.d, jwk: jwkOfPoint(device.da), role: "device" }] });
  uplink.send(pair4, ring);
  let isAnswered = false;
  void answering.then(() => (isAnswered = true));
  uplink.say({ t: "pull", s: device.d, from: 1, to: 1 });
  await uplink.hear("err", ({ code }) => code === "E_NOT_FOUND");
  expect(isAnswered).toBe(false);
  await db.prepare("ALTER TABLE elsewhere RENAME TO grants").run();
  for (let written = 0; written !== rev;) {
    const row = await db.prepare("SELECT grants_rev FROM machines WHERE m = ?").bind(relay.m).first("grants_rev");
    written = Number(row);
  }
  expect(isAnswered).toBe(false);
  uplink.send(pair4, ring);
  expect((await answering).status).toBe(200);
});

test("an unknown pid is 404, and guessing is 429", async () => {
  const stranger = randomId<PairId>();
  // Until the relay has had time to name its open pairings, nothing is called expired.
  for (let status = 503, tries = 0; status === 503; tries++) {
    const headers = { "CF-Connecting-IP": `198.51.100.${tries}` };
    status = (await post(await pairFrame("PAIR1", stranger), { headers })).status;
  }
  const codes = [];
  for (let tries = 0; tries <= PAIR_UNKNOWN_PER_MINUTE; tries++) {
    const response = await post(await pairFrame("PAIR1", stranger), { headers: { "CF-Connecting-IP": "192.0.2.1" } });
    codes.push(`${response.status} ${await codeOf(response)}`);
  }
  expect(new Set(codes.slice(0, -1))).toEqual(new Set(["404 E_PAIR_EXPIRED"]));
  expect(codes.at(-1)).toBe("429 E_RATE");
  const elsewhere = await post(await pairFrame("PAIR1", stranger), { headers: { "CF-Connecting-IP": "192.0.2.2" } });
  expect(elsewhere.status).toBe(404);
});

test("a pairing that the relay closes ends the posts that wait for it", async () => {
  const pair1 = await pairFrame("PAIR1");
  const answering = post(pair1);
  await heard(pair1);
  uplink.say({ t: "pair_close", pid });
  const response = await answering;
  expect([response.status, await codeOf(response)]).toEqual([404, "E_PAIR_EXPIRED"]);
});

test("one pairing more than may be open is refused by name", async () => {
  const more = Array.from({ length: PAIRS_OPEN }, () => randomId<PairId>());
  for (const each of more) uplink.say({ t: "pair_open", pid: each, exp: Date.now() + PAIR_LINK_MS });
  const { ref } = await uplink.hear("err", ({ code }) => code === "E_RATE");
  expect(ref).toBe(more.at(-1));
  for (const each of more) uplink.say({ t: "pair_close", pid: each });
});

test("a post for an unknown machine is 404 and creates no object", async () => {
  const before = await worker.hubFiles();
  const response = await post(await pairFrame("PAIR1"), { m: randomId<MachineId>() });
  expect([response.status, await codeOf(response)]).toEqual([404, "E_NOT_FOUND"]);
  expect(await worker.hubFiles()).toEqual(before);
});

test("only PAIR1 and PAIR3, as octets, from the app's origin, are taken", async () => {
  const { frames } = await relay.session(1);
  const pair1 = await pairFrame("PAIR1");
  expect((await post(frames[0] ?? pair1)).status).toBe(400);
  expect((await post(await pairFrame("PAIR2"))).status).toBe(400);
  expect((await post(pair1, { headers: { "Content-Type": "application/json" } })).status).toBe(400);
  expect((await post(pair1, { headers: { Origin: "https://evil.example" } })).status).toBe(403);
  expect((await post(new Uint8Array(300_000))).status).toBe(413);
  expect(fromB64(pid)).not.toBeNull();
});

test("without a relay a post is 503, and a relay that goes ends the posts that wait", async () => {
  const pair1 = await pairFrame("PAIR1");
  const answering = post(pair1);
  await heard(pair1);
  await uplink.close();
  const response = await answering;
  expect([response.status, await codeOf(response)]).toEqual([503, "E_OFFLINE"]);
  const again = await post(pair1);
  expect([again.status, await codeOf(again)]).toEqual([503, "E_OFFLINE"]);
  uplink = await relay.connect();
});

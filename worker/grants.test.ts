// What the registry lets in: grants that have ended, of another role, of an older push; tickets that have expired.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  jwkOfPoint,
  proofOfPossession,
  randomId,
  ROUTES,
  SUBPROTOCOL,
  toB64,
  TOKEN_SUBPROTOCOL,
  type Grant,
  type MachineId,
} from "../schema/index.ts";
import { Registry } from "./db/registry.ts";
import { FakeDevice } from "./test/fake-device.ts";
import { FakeRelay, freshNonce } from "./test/fake-relay.ts";
import { FakeSocket, type RefusedUpgrade } from "./test/fake-socket.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

let worker: TestWorker;
let relay: FakeRelay;
let uplink: FakeSocket;
let device: FakeDevice;

beforeAll(async () => {
  worker = await startWorker();
  relay = await FakeRelay.claimed(worker);
  uplink = await relay.connect();
  device = await FakeDevice.create(worker);
  await relay.grant(uplink, device);
});
afterAll(() => worker.stop());

/** Pushes these and waits until the registry has them. */
async function push(rev: number, ...list: readonly Grant[]): Promise<void> {
  uplink.say({ t: "grants", rev, list });
  const db = await worker.miniflare.getD1Database("DB");
  for (let written = 0; written !== rev;) {
    written = Number(await db.prepare("SELECT grants_rev FROM machines WHERE m = ?").bind(relay.m).first("grants_rev"));
  }
}

const upgrade = (token: string): Promise<number> =>
  FakeSocket.open(worker.socketUrl(relay.m), [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${token}`], {
    Origin: worker.url,
  }).then(
    async (socket) => {
      await socket.close();
      return 101;
    },
    (error: RefusedUpgrade) => error.status,
  );

test("a grant that has ended, or that is not a device's, buys no token, opens no socket and closes the open one", async () => {
  let rev = Date.now() * 2;
  const own = { kid: device.d, jwk: jwkOfPoint(device.da) };
  for (const bad of [
    { ...own, role: "device", exp: Date.now() - 1000 },
    { ...own, role: "viewer" },
  ] as const) {
    await push(++rev, { ...own, role: "device", exp: Date.now() + 60_000 });
    const token = await device.token();
    expect(await upgrade(token)).toBe(101);
    const phone = bad.role === "device" ? await device.connect(relay) : null;
    await push(++rev, bad);
    await expect(device.token()).rejects.toThrow("E_GRANT");
    expect(await upgrade(token)).toBe(403);
    expect((await phone?.closed()) ?? 4403).toBe(4403);
  }
});

test("a token for a machine that does not grant the device is refused, and says so", async () => {
  const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${await relay.token()}` });
  const { ticket } = (await asked.json()) as { ticket: string };
  const other = await FakeRelay.create(worker);
  const body = { ticket, ri: toB64(other.ri), wi: toB64(other.ri), proof: await other.proof() };
  expect((await worker.post(ROUTES.enrol, body)).status).toBe(200);
  await push(Date.now() * 3, { kid: device.d, jwk: jwkOfPoint(device.da), role: "device" });
  const ask = async (of: FakeDevice | FakeRelay, kid: typeof device.d | typeof relay.m, m: string) => {
    const claims = { kid, audience: worker.url, nonce: await freshNonce(worker) };
    const proof = await proofOfPossession(of.pair.privateKey, claims);
    const response = await worker.post(ROUTES.token, { proof, m });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  expect(await ask(device, device.d, relay.m)).toEqual([200, undefined]);
  expect(await ask(device, device.d, other.m)).toEqual([403, "E_GRANT"]);
  expect(await ask(device, device.d, "not an id")).toEqual([400, "E_SCHEMA"]);
  expect(await ask(relay, relay.m, relay.m)).toEqual([200, undefined]);
  expect(await ask(relay, relay.m, other.m)).toEqual([403, "E_GRANT"]);
});

test("a ticket that has expired enrols nobody", async () => {
  const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${await relay.token()}` });
  const { ticket } = (await asked.json()) as { ticket: string };
  const db = await worker.miniflare.getD1Database("DB");
  await db.prepare("UPDATE tickets SET exp = ?").bind(Date.now()).run();
  const late = await FakeRelay.create(worker);
  const body = { ticket, ri: toB64(late.ri), wi: toB64(late.ri), proof: await late.proof() };
  expect((await worker.post(ROUTES.enrol, body)).status).toBe(401);
});

test("a push that the registry has already, or has passed, is not written again", async () => {
  const db = await worker.miniflare.getD1Database("DB");
  const registry = new Registry(db);
  const rev = Date.now() * 4;
  const grants = [{ kid: device.d, jwk: jwkOfPoint(device.da), role: "device" }] as const;
  await registry.replaceGrants(relay.m, rev, grants);
  for (const late of [rev, rev - 1]) await registry.replaceGrants(relay.m, late, []);
  const rows = await db.prepare("SELECT kid, rev FROM grants WHERE m = ?").bind(relay.m).all();
  expect(rows.results).toEqual([{ kid: device.d, rev }]);
  await registry.replaceGrants(relay.m, rev + 1, []);
  expect((await db.prepare("SELECT kid FROM grants WHERE m = ?").bind(relay.m).all()).results).toEqual([]);
  const unknown = randomId<MachineId>();
  await expect(registry.replaceGrants(unknown, 1, grants)).rejects.toThrow("E_GRANT");
});

test("a machine that was dropped asks for nothing with the token it still holds, and a page drops none", async () => {
  const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${await relay.token()}` });
  const { ticket } = (await asked.json()) as { ticket: string };
  const further = await FakeRelay.create(worker);
  const body = { ticket, ri: toB64(further.ri), wi: toB64(further.ri), proof: await further.proof() };
  expect((await worker.post(ROUTES.enrol, body)).status).toBe(200);
  const held = { Authorization: `Bearer ${await further.token()}` };
  const drop = (headers: Record<string, string>) =>
    fetch(`${worker.url}${ROUTES.machine(further.m)}`, { method: "DELETE", headers });
  expect((await drop({ ...held, Origin: "https://evil.example" })).status).toBe(403);
  expect((await worker.post(ROUTES.enrolTicket, {}, held)).status).toBe(200);
  expect((await drop(held)).status).toBe(200);
  expect((await worker.post(ROUTES.enrolTicket, {}, held)).status).toBe(403);
  expect((await drop(held)).status).toBe(403);
});

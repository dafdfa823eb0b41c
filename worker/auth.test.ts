import type { webcrypto } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  claimHashOf,
  fromB64,
  jwkOfPoint,
  proofOfPossession,
  PROOF_TYPE,
  randomBytes,
  ROUTES,
  sha256,
  SUBPROTOCOL,
  toB64,
  TOKEN_SUBPROTOCOL,
  TOKEN_TYPE,
  utf8,
} from "../schema/index.ts";
import { FakeDevice } from "./test/fake-device.ts";
import { buyToken, FakeRelay, freshNonce } from "./test/fake-relay.ts";
import { FakeSocket, type RefusedUpgrade } from "./test/fake-socket.ts";
import { startWorker, type TestWorker } from "./test/harness.ts";

const MACHINE = "AAAAAAAAAAAAAAAAAAAAAA";
let worker: TestWorker;
let relay: FakeRelay;
let device: FakeDevice;

beforeAll(async () => {
  worker = await startWorker();
  relay = await FakeRelay.claimed(worker);
  const uplink = await relay.connect();
  device = await FakeDevice.create(worker);
  await relay.grant(uplink, device);
  await uplink.close();
});
afterAll(() => worker.stop());

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

async function refusedWith(opening: Promise<FakeSocket>): Promise<number> {
  return opening.then(
    () => 101,
    (error: RefusedUpgrade) => error.status,
  );
}

test("S15 an unclaimed Worker performs no action on any route", async () => {
  const bare = await startWorker({ isSetUp: false });
  try {
    for (const path of [
      ROUTES.claim,
      ROUTES.enrol,
      ROUTES.enrolTicket,
      ROUTES.nonce,
      ROUTES.token,
      ROUTES.pair(MACHINE),
      "/v1/x",
    ]) {
      const response = await bare.post(path, {});
      expect([path, response.status, await codeOf(response)]).toEqual([path, 503, "E_UNCLAIMED"]);
    }
    expect(await refusedWith(FakeSocket.open(bare.socketUrl(MACHINE), [SUBPROTOCOL], {}))).toBe(503);
    expect(await bare.hubFiles()).toEqual([]);
  } finally {
    await bare.stop();
  }
});

test("S15 a claim without T fails, and of two concurrent claims one becomes the owner", async () => {
  const fresh = await startWorker();
  try {
    const [one, two] = [await FakeRelay.create(fresh), await FakeRelay.create(fresh)];
    const wrong = await one.claim(toB64(randomBytes(32)));
    expect([wrong.status, await codeOf(wrong)]).toEqual([401, "E_AUTH"]);
    const answers = await Promise.all([one.claim(), two.claim()]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    const db = await fresh.miniflare.getD1Database("DB");
    expect((await db.prepare("SELECT * FROM owner").all()).results).toHaveLength(1);
    expect((await db.prepare("SELECT * FROM machines").all()).results).toHaveLength(1);
    const late = await two.claim();
    expect([late.status, await codeOf(late)]).toEqual([409, "E_CLAIMED"]);
  } finally {
    await fresh.stop();
  }
});

test("S15 a new claim hash permits a new claim, which empties the registry", async () => {
  const fresh = await startWorker();
  try {
    const former = await FakeRelay.claimed(fresh);
    await fresh.restart({ claimToken: toB64(randomBytes(32)) });
    await FakeRelay.claimed(fresh);
    await expect(former.token()).rejects.toThrow("E_GRANT");
  } finally {
    await fresh.stop();
  }
});

test("a claim proves possession of the key it names", async () => {
  const other = await FakeRelay.create(worker);
  const body = { token: worker.claimToken, ri: toB64(other.ri), wi: toB64(other.ri), proof: await relay.proof() };
  expect((await worker.post(ROUTES.claim, body)).status).toBe(401);
});

test("a ticket enrols one further machine, once", async () => {
  const further = await FakeRelay.create(worker);
  const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${await relay.token()}` });
  const { ticket } = (await asked.json()) as { ticket: string };
  const enrol = async (machine: FakeRelay) => {
    const points = { ri: toB64(machine.ri), wi: toB64(machine.ri) };
    return (await worker.post(ROUTES.enrol, { ticket, ...points, proof: await machine.proof() })).status;
  };
  expect(await enrol(further)).toBe(200);
  expect(await enrol(await FakeRelay.create(worker))).toBe(401);
  const uplink = await further.connect();
  const deletion = { method: "DELETE", headers: { Authorization: `Bearer ${await relay.token()}` } };
  expect((await fetch(`${worker.url}${ROUTES.machine(further.m)}`, deletion)).status).toBe(200);
  expect(await uplink.closed()).toBe(4403);
  await expect(further.token()).rejects.toThrow("E_GRANT");
});

test("only a relay's token asks for a ticket or drops a machine", async () => {
  const headers = { Authorization: `Bearer ${await device.token()}` };
  expect((await worker.post(ROUTES.enrolTicket, {}, headers)).status).toBe(401);
  expect((await worker.post(ROUTES.enrolTicket, {})).status).toBe(401);
  expect((await fetch(`${worker.url}${ROUTES.machine(relay.m)}`, { method: "DELETE", headers })).status).toBe(401);
});

test("S16 a device's upgrade needs the app's own Origin, a relay's none at all", async () => {
  const token = await device.token();
  const protocols = [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${token}`];
  const url = worker.socketUrl(relay.m);
  const foreign = [
    "https://evil.example",
    "null",
    `${worker.url}/`,
    worker.url.replace("127.0.0.1", "localhost"),
    "http://127.0.0.1:1",
  ];
  for (const Origin of foreign) {
    expect([Origin, await refusedWith(FakeSocket.open(url, protocols, { Origin }))]).toEqual([Origin, 403]);
  }
  expect(await refusedWith(FakeSocket.open(url, protocols, {}))).toBe(403);
  const Authorization = `Bearer ${await relay.token()}`;
  for (const Origin of [worker.url, "https://evil.example"]) {
    expect(await refusedWith(FakeSocket.open(url, [SUBPROTOCOL], { Authorization, Origin }))).toBe(403);
  }
});

test("S16 an upgrade needs its subprotocol, its own role's token, and a live grant", async () => {
  const url = worker.socketUrl(relay.m);
  const Origin = worker.url;
  const [deviceToken, relayToken] = [await device.token(), await relay.token()];
  const entry = (token: string) => `${TOKEN_SUBPROTOCOL}${token}`;
  expect(await refusedWith(FakeSocket.open(url, [SUBPROTOCOL], { Origin }))).toBe(401);
  expect(await refusedWith(FakeSocket.open(url, [entry(deviceToken)], { Origin }))).toBe(401);
  expect(await refusedWith(FakeSocket.open(url, [SUBPROTOCOL, entry(relayToken)], { Origin }))).toBe(401);
  expect(await refusedWith(FakeSocket.open(url, [SUBPROTOCOL], { Authorization: `Bearer ${deviceToken}` }))).toBe(401);
  expect(await refusedWith(FakeSocket.open(url, [], { Authorization: `Bearer ${relayToken}` }))).toBe(401);
  const elsewhere = worker.socketUrl(MACHINE);
  expect(await refusedWith(FakeSocket.open(elsewhere, [SUBPROTOCOL, entry(deviceToken)], { Origin }))).toBe(403);
  expect(await refusedWith(FakeSocket.open(elsewhere, [SUBPROTOCOL], { Authorization: `Bearer ${relayToken}` }))).toBe(
    403,
  );
});

test("S16 a relay's token opens its own machine's socket only, also beside another enrolled machine", async () => {
  const [own, other] = [await relay.token(), await FakeRelay.create(worker)];
  const asked = await worker.post(ROUTES.enrolTicket, {}, { Authorization: `Bearer ${own}` });
  const { ticket } = (await asked.json()) as { ticket: string };
  const points = { ri: toB64(other.ri), wi: toB64(other.ri) };
  expect((await worker.post(ROUTES.enrol, { ticket, ...points, proof: await other.proof() })).status).toBe(200);
  expect(await refusedWith(relay.dial(await other.token()))).toBe(403);
  expect(await refusedWith(other.dial(own))).toBe(403);
  const protocols = [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${await device.token()}`];
  expect(await refusedWith(FakeSocket.open(worker.socketUrl(other.m), protocols, { Origin: worker.url }))).toBe(403);
});

test("S16 the answer to an upgrade selects exactly kelpie.v1", async () => {
  const socket = await device.dial(relay);
  expect(socket.protocol).toBe(SUBPROTOCOL);
  await socket.close();
});

test.each([
  ["a subscription", { t: "sub", subs: [], docs: 0, nonce: toB64(new Uint8Array(16)) }],
  ["an alive", { t: "alive", nonce: toB64(new Uint8Array(16)) }],
  ["a got", { t: "got", bytes: 0 }],
  ["a pull", { t: "pull", s: MACHINE, from: 1, to: 2 }],
  ["a list", { t: "list", before: 1, limit: 1 }],
  ["a blob", { t: "blob", bid: MACHINE, idx: 0 }],
  ["an unknown message", { t: "what" }],
])("S16 %s before ready closes 4401", async (_, message) => {
  const socket = await device.dial(relay);
  socket.say(message);
  expect(await socket.closed()).toBe(4401);
});

test.each([
  ["reset", { t: "reset", s: MACHINE, q: 1 }],
  ["retire", { t: "retire", list: [] }],
  ["grants", { t: "grants", rev: 1, list: [] }],
  ["routes", { t: "routes", rev: 1, hooks: [], shares: [] }],
  ["pair_open", { t: "pair_open", pid: MACHINE, exp: 1 }],
  ["pair_close", { t: "pair_close", pid: MACHINE }],
  ["cgot", { t: "cgot", d: MACHINE, g: 1, ctr: 1 }],
  ["hgot", { t: "hgot", hid: MACHINE, seq: 1 }],
])("S16 a relay's %s before ready closes 4401", async (_, message) => {
  const socket = await relay.dial();
  socket.say(message);
  expect(await socket.closed()).toBe(4401);
});

test("S16 bytes, and text that is no JSON, before ready close 4401", async () => {
  const one = await device.dial(relay);
  one.send(await device.command(relay, 1));
  expect(await one.closed()).toBe(4401);
  const two = await device.dial(relay);
  two.sayRaw("{");
  expect(await two.closed()).toBe(4401);
});

test("S16 a stolen token without DA cannot pass auth", async () => {
  const thief = await FakeDevice.create(worker);
  const socket = await thief.dial(relay, await device.token());
  const { nonce } = await socket.hear("hello");
  socket.say({ t: "auth", kid: device.d, sig: toB64(randomBytes(64)), client: nonce.slice(0, 8) });
  expect(await socket.closed()).toBe(4401);
  const impostor = new FakeDevice(worker, { pair: thief.pair, da: device.da, d: device.d });
  const second = await impostor.dial(relay, await device.token());
  await impostor.prove(second, relay).catch(() => undefined);
  expect(await second.closed()).toBe(4401);
});

test("S16 a proof made for another socket, or another role, does not pass", async () => {
  const [one, two] = [await device.dial(relay), await device.dial(relay)];
  const other = await one.hear("hello");
  two.texts.splice(0, two.texts.length, other);
  await device.prove(two, relay).catch(() => undefined);
  expect(await two.closed()).toBe(4401);
  await one.close();
});

test("S17 a proof with another alg, type, audience, signer or nonce buys no token", async () => {
  const nonce = await freshNonce(worker);
  const jti = toB64(randomBytes(16));
  const claims = { aud: worker.url, nonce, sub: device.d, jti };
  const key = device.pair.privateKey as webcrypto.CryptoKey;
  const header = { alg: "ES256", typ: PROOF_TYPE, kid: device.d };
  const sign = (protectedHeader: object, payload: object, by: webcrypto.CryptoKey | Uint8Array = key) =>
    new SignJWT({ ...payload }).setProtectedHeader(protectedHeader as typeof header).sign(by);
  const other = (await FakeDevice.create(worker)).pair.privateKey as webcrypto.CryptoKey;
  const none = [{ ...header, alg: "none" }, claims].map((part) => toB64(utf8(JSON.stringify(part)))).join(".") + ".";
  const stale = await staleNonce(worker);
  const bad: Record<string, string> = {
    none,
    confused: await sign({ ...header, alg: "HS256" }, claims, device.da),
    type: await sign({ ...header, typ: "JWT" }, claims),
    token: await sign({ ...header, typ: TOKEN_TYPE }, claims),
    audience: await sign(header, { ...claims, aud: "https://evil.example" }),
    subject: await sign(header, { ...claims, sub: relay.m }),
    signer: await sign(header, claims, other),
    stale: await sign(header, { ...claims, nonce: stale }),
    invented: await sign(header, { ...claims, nonce: toB64(randomBytes(56)) }),
    forged: await sign(header, { ...claims, nonce: forgedNonce() }),
    jti: await sign(header, { ...claims, jti: "x" }),
    garbage: "a.b.c",
  };
  for (const [name, proof] of Object.entries(bad)) {
    const response = await worker.post(ROUTES.token, { proof });
    expect([name, response.status, await codeOf(response)]).toEqual([name, 401, "E_AUTH"]);
  }
  expect((await worker.post(ROUTES.token, { proof: await sign(header, claims) })).status).toBe(200);
});

/** A nonce that was ours 61 seconds ago: made with the Worker's own derivation. */
async function staleNonce(of: TestWorker): Promise<string> {
  const { createNonces } = await import("./auth/nonce.ts");
  const tokenKey = fromB64(of.tokenKey) ?? new Uint8Array(0);
  return createNonces({ tokenKey, now: () => Date.now() - 61_000 }).create();
}

/** A nonce of this very moment that no Worker has made. */
function forgedNonce(): string {
  const bytes = randomBytes(56);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Date.now()));
  return toB64(bytes);
}

test("S17 a proof or a registry row under a name that its key does not hash to buys no token", async () => {
  const thief = await FakeRelay.create(worker);
  const named = async (kid: string, by = thief) => {
    const claims = { kid: kid as typeof thief.m, audience: worker.url, nonce: await freshNonce(worker) };
    return proofOfPossession(by.pair.privateKey, claims);
  };
  const points = { ri: toB64(thief.ri), wi: toB64(thief.ri) };
  const claim = await worker.post(ROUTES.claim, { token: worker.claimToken, ...points, proof: await named(relay.m) });
  expect([claim.status, await codeOf(claim)]).toEqual([401, "E_AUTH"]);
  const [kid, m] = [toB64(randomBytes(16)), toB64(randomBytes(16))];
  const db = await worker.miniflare.getD1Database("DB");
  const grant = db.prepare("INSERT INTO grants (kid, m, jwk, role, rev) VALUES (?, ?, ?, 'device', 1)");
  const machine = db.prepare("INSERT INTO machines (m, ri, wi, status) VALUES (?, ?, ?, 'live')");
  await db.batch([
    grant.bind(kid, relay.m, JSON.stringify(jwkOfPoint(thief.ri))),
    machine.bind(m, points.ri, points.wi),
  ]);
  for (const name of [kid, m]) {
    const response = await worker.post(ROUTES.token, { proof: await named(name) });
    expect([response.status, await codeOf(response)]).toEqual([403, "E_GRANT"]);
  }
  await db.batch([
    db.prepare("DELETE FROM grants WHERE kid = ?").bind(kid),
    db.prepare("DELETE FROM machines WHERE m = ?").bind(m),
  ]);
});

test("S17 a token with another alg, type, audience, signer, role or past exp opens no socket", async () => {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: worker.url,
    aud: worker.url,
    sub: relay.m,
    role: "relay",
    iat: seconds,
    exp: seconds + 900,
    jti: "j",
  };
  const key = fromB64(worker.tokenKey) ?? new Uint8Array(0);
  const header = { alg: "HS256", typ: TOKEN_TYPE };
  const sign = (protectedHeader: object, payload: object, by: webcrypto.CryptoKey | Uint8Array = key) =>
    new SignJWT({ ...payload }).setProtectedHeader(protectedHeader as typeof header).sign(by);
  const none = [{ ...header, alg: "none" }, claims].map((part) => toB64(utf8(JSON.stringify(part)))).join(".") + ".";
  const { exp: _, ...endless } = claims;
  const bad: Record<string, string> = {
    none,
    strong: await sign({ ...header, alg: "HS512" }, claims),
    longer: await sign({ ...header, alg: "HS384" }, claims),
    confused: await sign({ ...header, alg: "ES256" }, claims, relay.pair.privateKey as webcrypto.CryptoKey),
    type: await sign({ ...header, typ: "JWT" }, claims),
    proof: await relay.proof(),
    audience: await sign(header, { ...claims, aud: "https://evil.example" }),
    issuer: await sign(header, { ...claims, iss: "https://evil.example" }),
    expired: await sign(header, { ...claims, iat: seconds - 1000, exp: seconds - 100 }),
    endless: await sign(header, endless),
    signer: await sign(header, claims, randomBytes(32)),
    public: await sign(header, claims, relay.ri.slice(0, 32)),
    role: await sign(header, { ...claims, role: "viewer" }),
    subject: await sign(header, { ...claims, sub: "x" }),
  };
  for (const [name, token] of Object.entries(bad)) {
    const opening = FakeSocket.open(worker.socketUrl(relay.m), [SUBPROTOCOL], { Authorization: `Bearer ${token}` });
    expect([name, await refusedWith(opening)]).toEqual([name, 401]);
  }
  const good = await FakeSocket.open(worker.socketUrl(relay.m), [SUBPROTOCOL], {
    Authorization: `Bearer ${await sign(header, claims)}`,
  });
  await good.close();
});

test("a proof for the app's own origin counts, one for a name that only a Host header gives does not", async () => {
  const claims = { kid: relay.m, nonce: await freshNonce(worker) };
  const rebound = await proofOfPossession(relay.pair.privateKey, { ...claims, audience: "http://evil.example" });
  const response = await worker.miniflare.dispatchFetch(`http://evil.example${ROUTES.token}`, {
    ...{ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ proof: rebound }) },
  });
  expect(response.status).toBe(401);
  const own = await proofOfPossession(relay.pair.privateKey, { ...claims, audience: worker.url });
  expect(await buyToken(worker, own)).toContain(".");
});

test("a grant whose kid is not the hash of its key is refused", async () => {
  const uplink = await relay.connect();
  const thief = await FakeDevice.create(worker);
  const rev = Date.now() * 2;
  const honest = { kid: device.d, jwk: jwkOfPoint(device.da), role: "device" };
  uplink.say({ t: "grants", rev, list: [honest, { kid: relay.m, jwk: jwkOfPoint(thief.da), role: "device" }] });
  await uplink.hear("err", ({ code }) => code === "E_GRANT");
  const db = await worker.miniflare.getD1Database("DB");
  const rows = await db.prepare("SELECT kid FROM grants WHERE m = ?").bind(relay.m).all();
  expect(rows.results).toEqual([{ kid: device.d }]);
  await uplink.close();
});

test("the claim hash is derived as the protocol says", async () => {
  const token = new Uint8Array(32).fill(7);
  expect(await claimHashOf(token)).toBe(toB64(await sha256(utf8("kelpie1/claim"), token)));
});

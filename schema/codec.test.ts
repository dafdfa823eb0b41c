import { describe, expect, test } from "vitest";
import { concat, toB64 } from "./bytes.ts";
import { recordHash, genesis } from "./chain.ts";
import { decodePlain, encodePlain, openFrame, sealFrame, verifyFrame } from "./codec.ts";
import {
  agree,
  exportPublic,
  generateAgreementPair,
  generateSigningPair,
  importSecret,
  importVerifyKey,
  machineIdOf,
} from "./crypto.ts";
import { parseFrame, type Frame } from "./frames.ts";
import {
  hashToBytes,
  idToBytes,
  isB64Of,
  MACHINE_SESSION,
  NO_BOOT,
  randomId,
  type SessionId,
  idFromBytes,
  hashFromBytes,
} from "./ids.ts";
import { knownItemOf, recordPlain } from "./items.ts";
import { randomBytes, utf8 } from "./platform.ts";
import { channelMessage, proofOfPossession } from "./proof.ts";
import { parsePairLink, pairUrl } from "./pairing.ts";
import { compactVerify, importJWK } from "jose";

describe("plaintext", () => {
  test("of a record starts with its codec byte, of a keyring does not", () => {
    expect(encodePlain("EVT", [])[0]).toBe(1);
    expect(encodePlain("KEYRING", {})[0]).toBe("{".charCodeAt(0));
  });

  test.each([
    ["an unknown codec", concat(Uint8Array.of(2), utf8("[]"))],
    ["no JSON", concat(Uint8Array.of(1), utf8("[{"))],
    ["no UTF-8", Uint8Array.of(1, 0xff)],
    ["no items", concat(Uint8Array.of(1), utf8("[]"))],
    ["items without a kind", concat(Uint8Array.of(1), utf8("[{}]"))],
    [
      "too many items",
      encodePlain(
        "EVT",
        Array.from({ length: 257 }, () => ({ k: "note" })),
      ),
    ],
  ])("with %s is refused", (_what, bytes) => {
    expect(() => decodePlain("EVT", bytes, recordPlain)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
  });

  test("items of an unknown kind are kept as they are", () => {
    const items = [{ k: "later", x: 1 }];
    expect(decodePlain("EVT", encodePlain("EVT", items), recordPlain)).toEqual(items);
    expect(knownItemOf({ k: "later", x: 1 })).toBeNull();
  });

  test("items of a known kind keep the vendor's own fields", () => {
    const u = { sessionId: "x", update: { sessionUpdate: "agent_message_chunk", vendor: { a: 1 } }, _meta: 2 };
    expect(knownItemOf({ k: "acp", u })).toEqual({ k: "acp", u });
  });
});

async function evt(): Promise<{
  frame: Frame<"EVT">;
  ri: Awaited<ReturnType<typeof generateSigningPair>>;
  bytes: Uint8Array<ArrayBuffer>;
  key: Awaited<ReturnType<typeof importSecret>>;
}> {
  const ri = await generateSigningPair(false);
  const machine = await machineIdOf(await exportPublic(ri.publicKey));
  const session = randomId<SessionId>();
  const key = await importSecret(randomBytes(32));
  const header = { m: machine, session, epoch: 1, seq: 1, time: 5, prev: await genesis(machine, session) };
  const bytes = await sealFrame("EVT", header, key, encodePlain("EVT", [{ k: "note", code: "x" }]), ri.privateKey);
  const frame = parseFrame(bytes);
  if (frame.name !== "EVT") throw new Error("not a record");
  return { frame, ri, bytes, key };
}

test("S2: flipping any single bit of a record breaks its signature, its seal or its form", async () => {
  const { bytes, ri, key } = await evt();
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let frame;
    try {
      frame = parseFrame(flipped);
    } catch (error) {
      expect(error).toMatchObject({ code: "E_FRAME" });
      continue;
    }
    if (frame.name !== "EVT") continue; // another type: its own reader refuses it
    const isAccepted = (await verifyFrame(frame, ri.publicKey)) && (await openFrame(frame, key)) !== null;
    expect(isAccepted, `bit ${bit}`).toBe(false);
  }
});

test("a record's hash binds header and body, and only those", async () => {
  const { frame } = await evt();
  const h = await recordHash(frame.hdr, frame.body);
  const body = frame.body.slice();
  body[0] = (body[0] ?? 0) ^ 1;
  expect(await recordHash(frame.hdr, body)).not.toBe(h);
  expect(hashToBytes(h)).toHaveLength(32);
});

test("a signed frame without a key to sign with is our own mistake", async () => {
  const { frame, key } = await evt();
  await expect(sealFrame("EVT", frame.header, key, new Uint8Array(1))).rejects.toThrow(TypeError);
});

describe("keys from outside", () => {
  test.each([
    ["too short", new Uint8Array(64)],
    ["compressed", new Uint8Array(65).fill(2)],
    ["off the curve", Uint8Array.of(4, ...new Uint8Array(64).fill(1))],
  ])("%s are refused with E_AUTH", async (_what, point) => {
    await expect(importVerifyKey(point)).rejects.toMatchObject({ code: "E_AUTH" });
    const { privateKey } = await generateAgreementPair(false);
    await expect(agree(privateKey, point)).rejects.toMatchObject({ code: "E_AUTH" });
  });
});

describe("ids", () => {
  test("zero stands for the machine and for no boot", () => {
    expect(idToBytes(MACHINE_SESSION)).toEqual(new Uint8Array(16));
    expect(idToBytes(NO_BOOT)).toEqual(new Uint8Array(16));
  });

  test("of another length are our own mistake", () => {
    expect(() => idFromBytes(new Uint8Array(15))).toThrow(TypeError);
    expect(() => hashFromBytes(new Uint8Array(31))).toThrow(TypeError);
    expect([isB64Of(toB64(new Uint8Array(16)), 16), isB64Of("x", 16), isB64Of(3, 16)]).toEqual([true, false, false]);
  });
});

test("a proof of possession is a JWS that jose verifies", async () => {
  const { publicKey, privateKey } = await generateSigningPair(false);
  const point = await exportPublic(publicKey);
  const kid = await machineIdOf(point);
  const jws = await proofOfPossession(privateKey, { kid, audience: "https://k.example", nonce: "n" });
  const jwk = { kty: "EC", crv: "P-256", x: toB64(point.subarray(1, 33)), y: toB64(point.subarray(33)) };
  const { payload, protectedHeader } = await compactVerify(jws, await importJWK(jwk, "ES256"), {
    algorithms: ["ES256"],
  });
  expect(protectedHeader).toEqual({ alg: "ES256", typ: "kelpie-pop+jwt", kid });
  expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({
    aud: "https://k.example",
    nonce: "n",
    sub: kid,
  });
});

test("the in-channel proof tells role and origin apart", () => {
  const machine = randomId<Awaited<ReturnType<typeof machineIdOf>>>();
  const base = {
    nonce: toB64(randomBytes(32)),
    conn: toB64(randomBytes(16)),
    machine,
    origin: "",
    role: "relay",
  } as const;
  const relay = channelMessage(base);
  expect(relay).toHaveLength(32 + 16 + 16 + 4 + 1);
  expect(channelMessage({ ...base, role: "device" })).not.toEqual(relay);
  expect(channelMessage({ ...base, origin: "https://a" })).not.toEqual(relay);
  expect(() => channelMessage({ ...base, nonce: "?" })).toThrow(expect.objectContaining({ code: "E_FRAME" }));
});

describe("a pairing link", () => {
  const secret = randomBytes(32);
  const machine = randomId<Awaited<ReturnType<typeof machineIdOf>>>();
  const url = pairUrl("https://k.example", { secret, machine });

  test("keeps its secret in the fragment", () => {
    expect(new URL(url).pathname + new URL(url).search).toBe("/pair");
    expect(parsePairLink(` ${url}\n`)).toEqual({ secret, machine });
  });

  test.each([
    "",
    "hello",
    `${url}x`,
    url.slice(0, -1),
    url.replace("#1.", "#2."),
    `${url}.more`,
    url.replace("#1.", "#1"),
  ])("garbled as %j is refused", (text) => {
    expect(() => parsePairLink(text)).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
  });
});

// Known answers for the derivations beside the golden frames, and for the control messages; see vectors.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { webcrypto } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fromB64, toB64 } from "./bytes.ts";
import { genesis, recordHash } from "./chain.ts";
import { verifyFrame } from "./codec.ts";
import { deviceToHub, hubToDevice, hubToRelay, parseControl, relayToHub } from "./control.ts";
import { agree, importSecret, importVerifyKey, sign, verify } from "./crypto.ts";
import { encodeHeader, parseFrame, type Header } from "./frames.ts";
import type { Hash, MachineId, SessionId } from "./ids.ts";
import { pairKeys } from "./keys.ts";
import { pairRootBytes, transcriptHash } from "./pairing.ts";
import type { Bytes } from "./platform.ts";
import { channelMessage, proofOfPossession } from "./proof.ts";
import { rekeyRootBytes } from "./rekey.ts";
import { seal } from "./seal.ts";
import type { SignatureVector } from "./test/derivation-vectors.ts";
import type { FrameVector } from "./test/make-vectors.ts";
import { VERIFY } from "./test/reference.ts";

const FOLDER = join(import.meta.dirname, "fixtures", "v1");

function bytes(text: string): Bytes {
  const decoded = fromB64(text);
  if (decoded === null) throw new Error(`not base64url: ${text}`);
  return decoded;
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8"));
}

test("K_p1 and K_p2 of a link seal what the reference sealed with them", async () => {
  const { link, probes } = fixture<{ link: string; probes: Record<string, string> }>("pairing-keys.json");
  const { toRelay, toDevice } = await pairKeys(bytes(link));
  const probe = async (key: typeof toRelay) =>
    toB64(await seal(key, "probe", new Uint8Array(1), new Uint8Array(0), "block", new Uint8Array(16)));
  expect({ toRelay: await probe(toRelay), toDevice: await probe(toDevice) }).toEqual(probes);
});

test("both ends of a pairing agree on the reference's P_1", async () => {
  const vector = fixture<Record<"link" | "transcript" | "root", string> & Record<"eD" | "eR", webcrypto.JsonWebKey>>(
    "pairing-agreement.json",
  );
  const { salt } = await pairKeys(bytes(vector.link));
  const point = ({ x = "", y = "" }: webcrypto.JsonWebKey) => Uint8Array.of(4, ...bytes(x), ...bytes(y));
  for (const [own, peer] of [
    [vector.eD, vector.eR],
    [vector.eR, vector.eD],
  ] as const) {
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    const key = await webcrypto.subtle.importKey("jwk", own, algorithm, false, ["deriveBits"]);
    const agreed = await agree(key, point(peer));
    expect(toB64(await pairRootBytes(agreed, salt, bytes(vector.transcript)))).toBe(vector.root);
  }
});

test("both ends of a rekey agree on the reference's P_g+1, and any other command, point or root gives another", async () => {
  const vector = fixture<Record<"root" | "command" | "next", string> & Record<"eD" | "eR", webcrypto.JsonWebKey>>(
    "rekey-agreement.json",
  );
  const point = ({ x = "", y = "" }: webcrypto.JsonWebKey) => Uint8Array.of(4, ...bytes(x), ...bytes(y));
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const eR = point(vector.eR);
  const next = async (own: webcrypto.JsonWebKey, peer: Bytes, change: object = {}) => {
    const key = await webcrypto.subtle.importKey("jwk", own, algorithm, false, ["deriveBits"]);
    const root = await importSecret(bytes(vector.root));
    const inputs = { root, command: vector.command as Hash, eR, ...change };
    return toB64(await rekeyRootBytes(await agree(key, peer), inputs));
  };
  expect(await next(vector.eD, eR)).toBe(vector.next);
  expect(await next(vector.eR, point(vector.eD))).toBe(vector.next);
  expect(await next(vector.eD, eR, { command: vector.root })).not.toBe(vector.next);
  expect(await next(vector.eD, eR, { eR: point(vector.eD) })).not.toBe(vector.next);
  expect(await next(vector.eD, eR, { root: await importSecret(bytes(vector.command)) })).not.toBe(vector.next);
});

test("the hashes over a pairing's frames are the reference's", async () => {
  const vector = fixture<{ frames: string[]; h1: string; h2: string; TH: string }>("pairing-transcript.json");
  const frames = vector.frames.map(bytes);
  expect({
    h1: toB64(await transcriptHash(...frames.slice(0, 1))),
    h2: toB64(await transcriptHash(...frames.slice(0, 2))),
    TH: toB64(await transcriptHash(...frames)),
  }).toEqual({ h1: vector.h1, h2: vector.h2, TH: vector.TH });
});

test("h_0 and h_1 of a session's chain are the reference's", async () => {
  const vector = fixture<Record<"machine" | "session" | "h0" | "hdr" | "body" | "h1", string>>("chain.json");
  expect(await genesis(vector.machine as MachineId, vector.session as SessionId)).toBe(vector.h0);
  expect(await recordHash(bytes(vector.hdr), bytes(vector.body))).toBe(vector.h1);
});

describe("signatures", () => {
  test.each(["frame-evt.json", "frame-doc.json", "frame-beacon.json", "frame-live.json"])(
    "the reference's signature of %s counts, and no other frame's does",
    async (name) => {
      const frame = parseFrame(bytes(fixture<FrameVector>(name).frame));
      const other = parseFrame(bytes(fixture<FrameVector>("frame-evt.json").frame));
      const ri = await importVerifyKey(bytes(fixture<{ ri: string }>("identities.json").ri));
      if (frame.name !== "EVT" && frame.name !== "DOC" && frame.name !== "BEACON" && frame.name !== "LIVE") {
        throw new Error(`${frame.name} is not signed`);
      }
      expect(await verifyFrame(frame, ri)).toBe(true);
      if (frame.name !== "EVT") expect(await verifyFrame({ ...frame, sig: other.sig }, ri)).toBe(false);
    },
  );

  const names = ["signature-pair3.json", "signature-pair4.json", "signature-ws-relay.json", "signature-ws-device.json"];
  test.each(names)("%s counts under its own label only", async (name) => {
    const { label, by, message, sig } = fixture<SignatureVector>(name);
    const key = await importVerifyKey(bytes(by));
    expect(await verify(key, label, bytes(message), bytes(sig))).toBe(true);
    for (const other of ["evt", "pair3", "pair4", "ws"].filter((each) => each !== label)) {
      expect(await verify(key, other, bytes(message), bytes(sig))).toBe(false);
    }
  });

  test("what we sign, the reference accepts", async () => {
    const pair = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const point = new Uint8Array(await webcrypto.subtle.exportKey("raw", pair.publicKey));
    const message = Uint8Array.of(1, 2, 3);
    expect(VERIFY(point, "ws", message, await sign(pair.privateKey, "ws", message))).toBe(true);
  });

  test.each([
    ["signature-ws-relay.json", "relay", ""],
    ["signature-ws-device.json", "device", "https://kelpie.example"],
  ] as const)("the in-channel proof of %s runs over the reference's bytes", (name, role, origin) => {
    const { machine } = fixture<{ machine: MachineId }>("identities.json");
    const from = (start: number, count: number) =>
      toB64(Uint8Array.from({ length: count }, (_, index) => start + index));
    const message = channelMessage({ nonce: from(0x40, 32), conn: from(0x50, 16), machine, origin, role });
    expect(toB64(message)).toBe(fixture<SignatureVector>(name).message);
  });

  test("a proof of possession is the JWS of protocol section 4", async () => {
    const pair = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const { machine } = fixture<{ machine: MachineId }>("identities.json");
    const claims = { kid: machine, audience: "https://kelpie.example", nonce: "n" };
    const [head = "", payload = "", sig = ""] = (await proofOfPossession(pair.privateKey, claims)).split(".");
    const read = (part: string): unknown => JSON.parse(new TextDecoder().decode(bytes(part)));
    expect(read(head)).toEqual({ alg: "ES256", typ: "kelpie-pop+jwt", kid: machine });
    const jti = expect.stringMatching(/^[\w-]{22}$/);
    expect(read(payload)).toEqual({ aud: "https://kelpie.example", nonce: "n", sub: machine, jti });
    const signed = new TextEncoder().encode(`${head}.${payload}`);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    expect(await webcrypto.subtle.verify(algorithm, pair.publicKey, bytes(sig), signed)).toBe(true);
  });
});

test("a hook's header is laid out as the reference lays it", () => {
  const { header, hdr } = fixture<{ header: Header<"HOOK">; hdr: string }>("header-hook.json");
  expect(toB64(encodeHeader("HOOK", header))).toBe(hdr);
  expect(parseFrame(bytes(hdr)).header).toEqual(header);
});

describe("golden control messages", () => {
  const directions = { relayToHub, deviceToHub, hubToRelay, hubToDevice };
  const golden = fixture<Record<keyof typeof directions, { t: string }[]>>("control.json");
  const names = ["relayToHub", "deviceToHub", "hubToRelay", "hubToDevice"] as const;

  test.each(names)("every kind of %s is there and is read as written", (name) => {
    const kinds = directions[name].def.options.map((option) => option.def.shape.t.def.values[0]);
    expect(new Set(golden[name].map(({ t }) => t))).toEqual(new Set<string | undefined>(kinds));
    for (const message of golden[name]) {
      expect(parseControl(JSON.stringify(message), directions[name])).toEqual(message);
    }
  });
});

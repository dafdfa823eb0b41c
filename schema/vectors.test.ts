// Known answers: each file under fixtures/v1 is what any implementation must produce; they are checked against schema/
// and against the reference on node:crypto. Never edited, only added.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromB64, toB64 } from "./bytes.ts";
import { genesis, recordHash } from "./chain.ts";
import { openFrame } from "./codec.ts";
import { claimHashOf, deviceIdOf, digestOf, importSecret, importVerifyKey, machineIdOf, verify } from "./crypto.ts";
import { docIdOf } from "./documents.ts";
import { encodeHeader, parseFrame, type FrameName, type Header } from "./frames.ts";
import { contentKey, pairKeys, pairwiseKeys } from "./keys.ts";
import { commitment, pairCode, pairFragment, pairRootBytes, parsePairLink } from "./pairing.ts";
import { seal, type Padding } from "./seal.ts";
import type { Bytes } from "./platform.ts";
import { makeVectors, type FrameVector } from "./test/make-vectors.ts";

const FOLDER = join(import.meta.dirname, "fixtures", "v1");

function bytes(text: string): Bytes {
  const decoded = fromB64(text);
  if (decoded === null) throw new Error(`not base64url: ${text}`);
  return decoded;
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8"));
}

const made = makeVectors();

/** Without what ECDSA makes differently every time. */
function unsigned(content: unknown): unknown {
  return typeof content === "object" && content !== null && "sig" in content && content.sig !== ""
    ? { ...content, sig: "", frame: "" }
    : content;
}

test("the reference still produces every fixture, so none was edited", () => {
  for (const [name, content] of Object.entries(made)) {
    expect({ [name]: unsigned(fixture(name)) }).toEqual({ [name]: unsigned(content) });
  }
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(made).sort());
});

describe("golden frames", () => {
  const names = Object.keys(made).filter((name) => name.startsWith("frame-"));
  test.each(names)("%s is encoded, sealed, parsed and opened as written", async (file) => {
    const vector = fixture<FrameVector>(file);
    const name = vector.name as FrameName;
    const hdr = encodeHeader(name, vector.header as Header<FrameName>);
    expect(toB64(hdr)).toBe(vector.hdr);
    const key = await importSecret(bytes(vector.key));
    const body = await seal(
      key,
      vector.label,
      hdr,
      bytes(vector.plaintext),
      vector.padding as Padding,
      bytes(vector.salt),
    );
    expect(toB64(body)).toBe(vector.body);
    const frame = parseFrame(bytes(vector.frame));
    if (frame.name === "HOOK") throw new Error("hooks are sealed by jose");
    expect(frame.header).toEqual(vector.header);
    const plain = await openFrame(frame, key);
    expect(plain === null ? null : toB64(plain)).toBe(vector.plaintext);
  });

  test("a record's signature covers its place in the chain", async () => {
    const vector = fixture<FrameVector>("frame-evt.json");
    const frame = parseFrame(bytes(vector.frame));
    const h = await recordHash(frame.hdr, frame.body);
    const { ri } = fixture<{ ri: string }>("identities.json");
    expect(await verify(await importVerifyKey(bytes(ri)), "evt", bytes(h), frame.sig)).toBe(true);
  });
});

test("names are hashes of keys", async () => {
  const { ri, da, machine, device } = fixture<Record<"ri" | "da" | "machine" | "device", string>>("identities.json");
  expect(await machineIdOf(bytes(ri))).toBe(machine);
  expect(await deviceIdOf(bytes(da))).toBe(device);
});

test("derived keys seal what the reference sealed with them", async () => {
  const vectors = fixture<{ root: string; machine: string; session: string; probes: Record<string, string> }>(
    "keys.json",
  );
  const salt = new Uint8Array(16);
  const hdr = new Uint8Array(1);
  const probe = async (key: Awaited<ReturnType<typeof importSecret>>): Promise<string> =>
    toB64(await seal(key, "probe", hdr, new Uint8Array(0), "block", salt));
  const root = await importSecret(bytes(vectors.root));
  const { cmd, res } = await pairwiseKeys(root);
  const machine = vectors.machine as Awaited<ReturnType<typeof machineIdOf>>;
  const session = vectors.session as Parameters<typeof contentKey>[2];
  const zero = toB64(new Uint8Array(16)) as Parameters<typeof contentKey>[2];
  expect({
    cmd: await probe(cmd),
    res: await probe(res),
    session: await probe(await contentKey(root, machine, session)),
    machine: await probe(await contentKey(root, machine, zero)),
  }).toEqual(vectors.probes);
});

test("hashes with a name: genesis, document, digest, claim", async () => {
  const vectors =
    fixture<
      Record<"machine" | "session" | "genesis" | "headDoc" | "digest" | "digestText" | "claim" | "claimToken", string>
    >("hashes.json");
  const machine = vectors.machine as Awaited<ReturnType<typeof machineIdOf>>;
  expect({
    genesis: await genesis(machine, vectors.session as Parameters<typeof genesis>[1]),
    headDoc: await docIdOf("head"),
    digest: await digestOf(vectors.digestText),
    claim: await claimHashOf(bytes(vectors.claimToken)),
  }).toEqual({ genesis: vectors.genesis, headDoc: vectors.headDoc, digest: vectors.digest, claim: vectors.claim });
});

test("a pairing's values, from the link to the digits", async () => {
  const vector =
    fixture<
      Record<
        | "secret"
        | "fragment"
        | "machine"
        | "pid"
        | "salt"
        | "eD"
        | "r"
        | "da"
        | "eR"
        | "ri"
        | "commitment"
        | "code"
        | "agreed"
        | "transcript"
        | "root",
        string
      >
    >("pairing.json");
  const link = parsePairLink(vector.fragment);
  expect({ secret: toB64(link.secret), machine: link.machine }).toEqual({
    secret: vector.secret,
    machine: vector.machine,
  });
  expect(pairFragment(link)).toBe(vector.fragment);
  const keys = await pairKeys(link.secret);
  expect({ pid: keys.pid, salt: toB64(keys.salt) }).toEqual({ pid: vector.pid, salt: vector.salt });
  expect(toB64(await commitment(bytes(vector.eD), bytes(vector.r)))).toBe(vector.commitment);
  const inputs = {
    pid: keys.pid,
    eD: bytes(vector.eD),
    r: bytes(vector.r),
    da: bytes(vector.da),
    eR: bytes(vector.eR),
    ri: bytes(vector.ri),
  };
  expect(await pairCode(inputs)).toBe(vector.code);
  const agreed = await importSecret(bytes(vector.agreed));
  expect(toB64(await pairRootBytes(agreed, keys.salt, bytes(vector.transcript)))).toBe(vector.root);
});

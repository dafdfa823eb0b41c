// Makes the content of fixtures/v1 with the reference: `node schema/test/make-vectors.ts` adds the files that are missing.
import { createPrivateKey, sign, type JsonWebKey } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeControlVectors } from "./control-vectors.ts";
import { makeDerivationVectors } from "./derivation-vectors.ts";
import { ascii, b64, H, KDF, ramp, SEAL, uint } from "./reference.ts";

/** One frame with everything that went into it. */
export interface FrameVector {
  readonly name: string;
  readonly header: Readonly<Record<string, string | number>>;
  readonly key: string;
  readonly label: string;
  readonly padding: string;
  readonly salt: string;
  readonly plaintext: string;
  readonly hdr: string;
  readonly body: string;
  /** Of a signed frame; ECDSA signs differently every time, so it is checked, not compared. */
  readonly sig: string;
  readonly frame: string;
}

// Keys made for these vectors and used nowhere else.
const RI: JsonWebKey = {
  kty: "EC",
  crv: "P-256",
  x: "3jvc-1uR_2doSR4ygC7NMgFPgImMbLXqMyfKgM-YqO4",
  y: "DWzPFUsbmT2rIBO4Ei691mE1fhybJ_0KvLCCnnIGYw4",
  d: "jXCqzXHMIN13pcDEG_dR5Wgoz2-KrhLyaXXsEjqHg8E",
};
const DA = {
  x: "pm3qm1FKvVL6fcicUYG0VIIabYQlQR1_c87_LiK-lQA",
  y: "gShJyT75t8Mmf6KYCVcFgGOfBlQMLbwBJhmzaozkfLw",
};

const point = ({ x = "", y = "" }: JsonWebKey): Buffer =>
  Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
const riPoint = point(RI);
const daPoint = point(DA);
const machine = H(ascii("kelpie1/machine"), riPoint).subarray(0, 16);
const device = H(ascii("kelpie1/device"), daPoint).subarray(0, 16);
const session = ramp(0x20, 16);
const boot = ramp(0x60, 16);
const bid = ramp(0x70, 16);
const pid = KDF(ramp(0x80, 32), Buffer.alloc(0), "pair/id", 16);
const headDoc = H(ascii("kelpie1/doc"), ascii("head")).subarray(0, 16);
const genesis = H(ascii("kelpie1/genesis"), machine, session);
const TIME = 1_795_000_000_123;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const coded = (value: unknown): Buffer => Buffer.concat([Buffer.of(1), json(value)]);

interface Recipe {
  readonly name: string;
  readonly type: number;
  readonly label: string;
  readonly padding: "power" | "block";
  readonly size: number;
  readonly signed: boolean;
  readonly plaintext: Buffer;
  /** [field, value for people, bytes on the wire], in order. */
  readonly fields: readonly (readonly [string, string | number, Buffer])[];
}

const id = (field: string, value: Buffer) => [field, b64(value), value] as const;
const number = (field: string, value: number, bytes: number) => [field, value, uint(value, bytes)] as const;
const m = id("m", machine);

const RECIPES: readonly Recipe[] = [
  {
    name: "EVT",
    type: 0x10,
    label: "evt",
    padding: "block",
    size: 128,
    signed: true,
    plaintext: coded([{ k: "note", code: "hello", text: "é" }]),
    fields: [
      m,
      id("session", session),
      number("epoch", 1, 4),
      number("seq", 1, 8),
      number("time", TIME, 8),
      id("prev", genesis),
    ],
  },
  {
    name: "DOC",
    type: 0x11,
    label: "doc",
    padding: "block",
    size: 128,
    signed: true,
    plaintext: coded({ name: "head", value: null }),
    fields: [
      m,
      id("session", session),
      id("doc", headDoc),
      number("epoch", 1, 4),
      number("rev", TIME, 8),
      number("time", TIME, 8),
    ],
  },
  {
    name: "KEYRING",
    type: 0x12,
    label: "ring",
    padding: "block",
    size: 128,
    signed: false,
    plaintext: json({ epochs: [[1, b64(ramp(0x30, 32))]], cur: 1, devices: [], rev: TIME }),
    fields: [m, id("d", device), number("g", 1, 4), number("rev", TIME, 8), number("cur", 1, 4)],
  },
  {
    name: "BEACON",
    type: 0x13,
    label: "beacon",
    padding: "block",
    size: 128,
    signed: true,
    plaintext: json({ echo: [], heads: [], docs: [], ring: 0 }),
    fields: [m, number("epoch", 1, 4), id("boot", boot), number("n", 7, 8), number("time", TIME, 8)],
  },
  {
    name: "BLOB",
    type: 0x14,
    label: "blob",
    padding: "block",
    size: 256,
    signed: false,
    plaintext: ramp(0, 200),
    fields: [
      m,
      id("session", session),
      number("epoch", 1, 4),
      id("bid", bid),
      number("idx", 0, 4),
      number("cnt", 1, 4),
    ],
  },
  {
    name: "CMD",
    type: 0x20,
    label: "cmd",
    padding: "power",
    size: 256,
    signed: false,
    plaintext: coded({ op: "session.cancel", args: { s: b64(session) } }),
    fields: [
      m,
      id("d", device),
      number("g", 1, 4),
      number("ctr", 1, 8),
      number("exp", TIME + 120_000, 8),
      number("class", 1, 1),
      id("boot", Buffer.alloc(16)),
    ],
  },
  {
    name: "RES",
    type: 0x21,
    label: "res",
    padding: "power",
    size: 256,
    signed: false,
    plaintext: coded({ h: b64(H(ascii("a command"))), status: "done", data: {}, hi: 1 }),
    fields: [m, id("d", device), number("g", 1, 4), number("ctr", 1, 8), number("n", 2, 4), number("final", 1, 1)],
  },
  {
    name: "LIVE",
    type: 0x22,
    label: "live",
    padding: "block",
    size: 128,
    signed: true,
    plaintext: Buffer.concat([uint(0, 8), Buffer.of(0), ascii("$ ")]),
    fields: [
      m,
      id("session", session),
      number("epoch", 1, 4),
      id("boot", boot),
      number("chan", 1, 4),
      number("n", 1, 8),
    ],
  },
  {
    name: "SHARE",
    type: 0x23,
    label: "share",
    padding: "block",
    size: 256,
    signed: false,
    plaintext: json({ ri: b64(riPoint), m: b64(machine), session: b64(session), keys: [], from: 1, exp: TIME }),
    fields: [m, id("sid", ramp(0xb0, 16)), number("rev", TIME, 8)],
  },
  ...(["PAIR1", "PAIR2", "PAIR3", "PAIR4"] as const).map((name, index): Recipe => ({
    name,
    type: 0x40 + index,
    label: name.toLowerCase(),
    padding: "power",
    size: 256,
    signed: false,
    plaintext: json({ step: index + 1 }),
    fields: [id("pid", pid)],
  })),
];

function frameVector(recipe: Recipe): FrameVector {
  const hdr = Buffer.concat([Buffer.of(1, recipe.type), ...recipe.fields.map(([, , bytes]) => bytes)]);
  const key = ramp(recipe.type, 32);
  const salt = ramp(0xa0, 16);
  const body = SEAL(key, recipe.label, hdr, recipe.plaintext, salt, recipe.size);
  const sig = recipe.signed ? signature(recipe, hdr, body) : Buffer.alloc(0);
  return {
    name: recipe.name,
    header: Object.fromEntries(recipe.fields.map(([field, value]) => [field, value])),
    key: b64(key),
    label: recipe.label,
    padding: recipe.padding,
    salt: b64(salt),
    plaintext: b64(recipe.plaintext),
    hdr: b64(hdr),
    body: b64(body),
    sig: b64(sig),
    frame: b64(Buffer.concat([hdr, body, sig])),
  };
}

function signature(recipe: Recipe, hdr: Buffer, body: Buffer): Buffer {
  const message = recipe.name === "EVT" ? H(ascii("kelpie1/evt"), hdr, H(body)) : H(hdr, H(body));
  const key = createPrivateKey({ key: RI, format: "jwk" });
  const signed = Buffer.concat([ascii(`kelpie1/sig/${recipe.label}`), Buffer.of(0), message]);
  return sign("sha256", signed, { key, dsaEncoding: "ieee-p1363" });
}

function keyVectors(): Record<string, unknown> {
  const root = ramp(0x11, 32);
  const none = Buffer.alloc(0);
  const probe = (key: Buffer): string =>
    b64(SEAL(key, "probe", Buffer.alloc(1), Buffer.alloc(0), Buffer.alloc(16), 128));
  return {
    root: b64(root),
    machine: b64(machine),
    session: b64(session),
    probes: {
      cmd: probe(KDF(root, none, "cmd", 32)),
      res: probe(KDF(root, none, "res", 32)),
      session: probe(KDF(root, session, "sess", 32)),
      machine: probe(KDF(root, machine, "mach", 32)),
    },
  };
}

function pairingVector(): Record<string, string> {
  const secret = ramp(0x80, 32);
  const [eD, eR, r] = [ramp(1, 65), ramp(2, 65), ramp(3, 16)];
  const [agreed, transcript] = [ramp(4, 32), ramp(5, 32)];
  const salt = KDF(secret, Buffer.alloc(0), "pair/salt", 32);
  const code = H(ascii("kelpie1/code"), pid, eD, r, daPoint, eR, riPoint).readUInt32BE() % 1_000_000;
  return {
    secret: b64(secret),
    fragment: `1.${b64(secret)}.${b64(machine)}`,
    machine: b64(machine),
    pid: b64(pid),
    salt: b64(salt),
    eD: b64(eD),
    r: b64(r),
    da: b64(daPoint),
    eR: b64(eR),
    ri: b64(riPoint),
    commitment: b64(H(ascii("kelpie1/commit"), eD, r)),
    code: String(code).padStart(6, "0"),
    agreed: b64(agreed),
    transcript: b64(transcript),
    root: b64(KDF(agreed, salt, "pair/root", 32, transcript)),
  };
}

/** Content of every fixture, by file name. */
export function makeVectors(): Record<string, unknown> {
  const frames = Object.fromEntries(RECIPES.map((recipe) => [recipe.name, frameVector(recipe)]));
  const frameOf = (name: string): string => frames[name]?.frame ?? "";
  const digestText = '{"toolCall":{"title":"npm test — ünï"}}';
  return {
    ...Object.fromEntries(Object.entries(frames).map(([name, frame]) => [`frame-${name.toLowerCase()}.json`, frame])),
    "identities.json": { ri: b64(riPoint), da: b64(daPoint), machine: b64(machine), device: b64(device) },
    "keys.json": keyVectors(),
    "hashes.json": {
      machine: b64(machine),
      session: b64(session),
      genesis: b64(genesis),
      headDoc: b64(headDoc),
      digestText,
      digest: b64(H(Buffer.from(digestText))),
      claimToken: b64(ramp(0x55, 32)),
      claim: b64(H(ascii("kelpie1/claim"), ramp(0x55, 32))),
    },
    "pairing.json": pairingVector(),
    "control.json": makeControlVectors(),
    ...makeDerivationVectors({
      ...{ ri: RI, machine, session, link: ramp(0x80, 32), genesis },
      record: { hdr: frames["EVT"]?.hdr ?? "", body: frames["EVT"]?.body ?? "" },
      pairs: [frameOf("PAIR1"), frameOf("PAIR2"), frameOf("PAIR3")],
    }),
  };
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, "..", "fixtures", "v1");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(makeVectors())) {
    const path = join(folder, name);
    if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  }
}

// The derivations that no golden frame shows by itself, made with the reference: pairing keys, key agreement, transcript,
// signatures by label, the chain, and one control message of every kind.
import { createECDH, createPrivateKey, sign, type JsonWebKey } from "node:crypto";
import { ascii, b64, H, KDF, ramp, SEAL, uint } from "./reference.ts";

/** A signature over a message by SIGN(label, message). ECDSA signs differently every time: `sig` is checked, not compared. */
export interface SignatureVector {
  readonly label: string;
  /** The signer's 65-byte public key. */
  readonly by: string;
  readonly message: string;
  readonly sig: string;
}

/** What the vectors are about; made by make-vectors.ts. */
export interface VectorWorld {
  readonly ri: JsonWebKey;
  readonly machine: Buffer;
  readonly session: Buffer;
  /** Secret S of the pairing link. */
  readonly link: Buffer;
  readonly genesis: Buffer;
  /** hdr and body of the golden record. */
  readonly record: { readonly hdr: string; readonly body: string };
  /** PAIR1 to PAIR3 as golden frames. */
  readonly pairs: readonly [string, string, string];
}

// Keys made for these vectors and used nowhere else.
const DA: JsonWebKey = {
  ...{ kty: "EC", crv: "P-256", d: "P_HQpIeY1h98zNtqtFkBP57tv3HrBphxqgFh71shfPU" },
  x: "9xZT9kiT5LBDPUcq6eBVulvh59upTV5SwFdEtxSWTGw",
  y: "1mXG5qMCNvZj0lJHgf5xBwOvm3SJ6nHIIYrBP9aTbWU",
};
const E_D: JsonWebKey = {
  ...{ kty: "EC", crv: "P-256", d: "Q3uktrXPPWeQyuz9C7T50KQRps0O34b4j82ljyJjq9Q" },
  x: "Jip-ju9XLRhKpHV7naUgp_Hf0sY4PhY52-e1KquKSmo",
  y: "LoZjSwCIcjMj7Ge4-ryaS312jD8whGovKkrb-xi7rn4",
};
const E_R: JsonWebKey = {
  ...{ kty: "EC", crv: "P-256", d: "FcagNRfRDmJ2KcI4VtqKbXWIxfAzFutFEW5LcLrULY8" },
  x: "zVL4iicm0zVj_3hU2FKsTRSmxn8uihqOAnpb-pRY1UY",
  y: "pli3KSsJLmJwgLz4cqj64j59WJyM4Hkazz12di1LdD0",
};

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
const point = ({ x = "", y = "" }: JsonWebKey): Buffer => Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
const none = Buffer.alloc(0);

function signature(label: string, key: JsonWebKey, message: Buffer): SignatureVector {
  const signed = Buffer.concat([ascii(`kelpie1/sig/${label}`), Buffer.of(0), message]);
  const signer = createPrivateKey({ key, format: "jwk" });
  const sig = b64(sign("sha256", signed, { key: signer, dsaEncoding: "ieee-p1363" }));
  return { label, by: b64(point(key)), message: b64(message), sig };
}

/** What the in-channel proof signs: nonce ‖ conn ‖ m ‖ lp(origin) ‖ role. */
function channel(machine: Buffer, origin: string, role: number): Buffer {
  const text = Buffer.from(origin);
  return Buffer.concat([ramp(0x40, 32), ramp(0x50, 16), machine, uint(text.length, 4), text, Buffer.of(role)]);
}

function probe(key: Buffer): string {
  return b64(SEAL(key, "probe", Buffer.alloc(1), none, Buffer.alloc(16), 128));
}

function agreement(world: VectorWorld): Record<string, unknown> {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(bytes(E_D.d ?? ""));
  const agreed = ecdh.computeSecret(point(E_R));
  const transcript = H(...world.pairs.map(bytes));
  const root = KDF(agreed, KDF(world.link, none, "pair/salt", 32), "pair/root", 32, transcript);
  return { eD: E_D, eR: E_R, link: b64(world.link), transcript: b64(transcript), root: b64(root) };
}

/** P_2 from P_1, agreed by the command whose hash and reply's point are bound in. */
function rekeying(world: VectorWorld): Record<string, unknown> {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(bytes(E_D.d ?? ""));
  const agreed = ecdh.computeSecret(point(E_R));
  const [root, command] = [ramp(0xa0, 32), H(bytes(world.record.body))];
  const info = Buffer.concat([command, point(E_R)]);
  const next = KDF(agreed, KDF(root, none, "rekey", 32), "rekey/root", 32, info);
  return { eD: E_D, eR: E_R, root: b64(root), command: b64(command), next: b64(next) };
}

function chain({ genesis, machine, session, record }: VectorWorld): Record<string, string> {
  const h = H(ascii("kelpie1/evt"), bytes(record.hdr), H(bytes(record.body)));
  return { machine: b64(machine), session: b64(session), h0: b64(genesis), ...record, h1: b64(h) };
}

/** Content of the further fixtures, by file name. */
export function makeDerivationVectors(world: VectorWorld): Record<string, unknown> {
  const [pair1, pair2, pair3] = world.pairs.map(bytes);
  const frames = [pair1 ?? none, pair2 ?? none, pair3 ?? none] as const;
  const first = frames.slice(0, 2);
  const hook = Buffer.concat([
    Buffer.of(1, 0x30),
    world.machine,
    ramp(0x90, 16),
    uint(3, 8),
    uint(1_795_000_000_123, 8),
  ]);
  return {
    "pairing-keys.json": {
      link: b64(world.link),
      probes: {
        toRelay: probe(KDF(world.link, none, "pair/1", 32)),
        toDevice: probe(KDF(world.link, none, "pair/2", 32)),
      },
    },
    "pairing-agreement.json": agreement(world),
    "pairing-transcript.json": {
      frames: world.pairs,
      h1: b64(H(frames[0])),
      h2: b64(H(...first)),
      TH: b64(H(...frames)),
    },
    "rekey-agreement.json": rekeying(world),
    "chain.json": chain(world),
    "signature-pair3.json": signature("pair3", DA, H(...first)),
    "signature-pair4.json": signature("pair4", world.ri, H(...frames)),
    "signature-ws-relay.json": signature("ws", world.ri, channel(world.machine, "", 1)),
    "signature-ws-device.json": signature("ws", DA, channel(world.machine, "https://kelpie.example", 2)),
    "header-hook.json": {
      header: { m: b64(world.machine), hid: b64(ramp(0x90, 16)), seq: 3, time: 1_795_000_000_123 },
      hdr: b64(hook),
    },
  };
}

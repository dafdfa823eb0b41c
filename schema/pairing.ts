// Pairing (protocol section 5): the link, what the four frames hold, and the six digits.
import { b64Bytes } from "./b64-shape.ts";
import { concat, fromB64, toB64 } from "./bytes.ts";
import { kdf, PUBLIC_KEY_BYTES, sha256, SECRET_BYTES, SIGNATURE_BYTES, importSecret, type Secret } from "./crypto.ts";
import { SCOPES } from "./documents.ts";
import { AppError } from "./errors.ts";
import { deviceId, HASH_BYTES, ID_BYTES, idToBytes, isB64Of, type MachineId, type PairId } from "./ids.ts";
import { NAME_CHARS } from "./limits.ts";
import { utf8, type Bytes } from "./platform.ts";
import { z } from "./zod.ts";

const point = b64Bytes(PUBLIC_KEY_BYTES);
const digest = b64Bytes(HASH_BYTES);

/** PAIR1: a commitment to the device's ephemeral key, its identity, its name. */
export const pair1Plain = z.object({
  c: digest,
  da: point,
  name: z.string().check(z.minLength(1), z.maxLength(NAME_CHARS)),
});
/** PAIR2: the relay's ephemeral key and identity, bound to PAIR1. */
export const pair2Plain = z.object({ eR: point, ri: point, mname: z.string(), h: digest });
/** PAIR3: opens the commitment; signed by DA. */
export const pair3Plain = z.object({ eD: point, r: b64Bytes(ID_BYTES), h: digest, sig: b64Bytes(SIGNATURE_BYTES) });
/** PAIR4: the device is admitted; signed by RI. */
export const pair4Plain = z.object({
  d: deviceId,
  g: z.literal(1),
  scope: z.enum(SCOPES),
  sig: b64Bytes(SIGNATURE_BYTES),
});

/** c of PAIR1: H("kelpie1/commit" ‖ eD ‖ r). */
export function commitment(eD: Uint8Array, r: Uint8Array): Promise<Bytes> {
  return sha256(utf8("kelpie1/commit"), eD, r);
}

/** P_1 from the agreed secret: bound to the link (salt) and to all three frames (TH). */
export async function pairRoot(agreed: Secret, salt: Bytes, transcript: Bytes): Promise<Secret> {
  return importSecret(await pairRootBytes(agreed, salt, transcript));
}

/** The same as bytes, for the relay's database. */
export function pairRootBytes(agreed: Secret, salt: Bytes, transcript: Bytes): Promise<Bytes> {
  return kdf(agreed, salt, "pair/root", SECRET_BYTES, transcript);
}

/** The values the digits cover: all fixed before the other side's ephemeral key is known. */
export interface CodeInputs {
  readonly pid: PairId;
  readonly eD: Uint8Array;
  readonly r: Uint8Array;
  readonly da: Uint8Array;
  readonly eR: Uint8Array;
  readonly ri: Uint8Array;
}

/** Six digits, shown by the new device and typed where authority is. */
export async function pairCode(inputs: CodeInputs): Promise<string> {
  const { pid, eD, r, da, eR, ri } = inputs;
  const digestBytes = await sha256(utf8("kelpie1/code"), idToBytes(pid), eD, r, da, eR, ri);
  const number = new DataView(digestBytes.buffer).getUint32(0) % 1_000_000;
  return String(number).padStart(6, "0");
}

/** A pairing link: where, with what secret, to which machine. */
export interface PairLink {
  readonly secret: Bytes;
  readonly machine: MachineId;
}

const LINK_VERSION = "1";

/** The fragment of a pairing link (without "#"). Secrets are only ever in a fragment. */
export function pairFragment(link: PairLink): string {
  return `${LINK_VERSION}.${toB64(link.secret)}.${link.machine}`;
}

/** The whole link. */
export function pairUrl(origin: string, link: PairLink): string {
  return `${origin}/pair#${pairFragment(link)}`;
}

/** Reads a fragment, or a whole pasted link; E_SCHEMA for anything garbled. */
export function parsePairLink(text: string): PairLink {
  const fragment = text.trim().split("#").at(-1) ?? "";
  const [version, secretText, machine, ...rest] = fragment.split(".");
  const secret = isB64Of(secretText, SECRET_BYTES) ? fromB64(secretText) : null;
  if (version !== LINK_VERSION || secret === null || !isB64Of(machine, ID_BYTES) || rest.length > 0) {
    throw new AppError("E_SCHEMA", { reason: "not a pairing link" });
  }
  return { secret, machine: machine as MachineId };
}

/** Bytes that PAIR3's and PAIR4's hashes and signatures run over. */
export function transcriptHash(...frames: readonly Uint8Array[]): Promise<Bytes> {
  return sha256(concat(...frames));
}

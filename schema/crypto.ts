// The one suite: SHA-256, HKDF-SHA-256, ECDSA and ECDH on P-256. No choice, no negotiation.
import { concat, toB64 } from "./bytes.ts";
import { hashFromBytes, idFromBytes, type DeviceId, type Hash, type Id, type MachineId } from "./ids.ts";
import { subtle, utf8, type Bytes, type KeyPair, type OpaqueKey } from "./platform.ts";
import { AppError } from "./errors.ts";

declare const secret: unique symbol;
/** Key material as a non-extractable HKDF key: roots, pairwise and content keys. */
export type Secret = OpaqueKey & { readonly [secret]: true };

/** An uncompressed P-256 point. */
export const PUBLIC_KEY_BYTES = 65;
export const SECRET_BYTES = 32;
export const SIGNATURE_BYTES = 64;

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const ECDH = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const NOTHING = new Uint8Array(0);

/** H: SHA-256. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await subtle.digest("SHA-256", concat(...parts)));
}

/** Imports key material and overwrites the caller's bytes: "non-extractable" holds from here on. */
export async function importSecret(bytes: Bytes): Promise<Secret> {
  try {
    return (await subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"])) as Secret;
  } finally {
    bytes.fill(0);
  }
}

/** KDF(k, salt, label, n): HKDF-SHA-256 with info "kelpie1/" + label (and `context` after it). */
export async function kdf(
  key: Secret,
  salt: Uint8Array,
  label: string,
  length: number,
  context = NOTHING,
): Promise<Bytes> {
  const info = concat(utf8(`kelpie1/${label}`), context);
  const bits = await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: concat(salt), info }, key, length * 8);
  return new Uint8Array(bits);
}

/** A key derived from another: deriveBits, import, overwrite. */
export async function deriveSecret(key: Secret, salt: Uint8Array, label: string): Promise<Secret> {
  return importSecret(await kdf(key, salt, label, SECRET_BYTES));
}

/** A fresh signing pair (RI, DA). */
export function generateSigningPair(extractable: boolean): Promise<KeyPair> {
  return subtle.generateKey(ECDSA, extractable, ["sign", "verify"]);
}

/** A fresh key agreement pair (eD, eR, WI). */
export function generateAgreementPair(extractable: boolean): Promise<KeyPair> {
  return subtle.generateKey(ECDH, extractable, ["deriveBits"]);
}

/** The 65 bytes of a public key. */
export async function exportPublic(key: OpaqueKey): Promise<Bytes> {
  return new Uint8Array(await subtle.exportKey("raw", key));
}

/** A key that verifies signatures; E_AUTH for anything but a point on the curve in 65 bytes. */
export function importVerifyKey(bytes: Bytes): Promise<OpaqueKey> {
  return importPoint(bytes, ECDSA, ["verify"]);
}

/** ECDH with a peer's 65-byte point, as key material; E_AUTH for a bad point. */
export async function agree(privateKey: OpaqueKey, peer: Bytes): Promise<Secret> {
  const publicKey = await importPoint(peer, ECDH, []);
  const bits = await subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, SECRET_BYTES * 8);
  return importSecret(new Uint8Array(bits));
}

async function importPoint(bytes: Bytes, algorithm: object, usages: string[]): Promise<OpaqueKey> {
  if (bytes.length !== PUBLIC_KEY_BYTES || bytes[0] !== 4)
    throw new AppError("E_AUTH", { reason: "not a P-256 point" });
  try {
    return await subtle.importKey("raw", bytes, algorithm, true, usages);
  } catch (cause) {
    throw new AppError("E_AUTH", { reason: "not a P-256 point" }, { cause });
  }
}

/** SIGN(label, m): 64 bytes r‖s. */
export async function sign(key: OpaqueKey, label: string, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await subtle.sign(SIGNING, key, signed(label, message)));
}

/** True when `signature` is SIGN(label, message) under that key; never throws for a wrong one. */
export async function verify(key: OpaqueKey, label: string, message: Uint8Array, signature: Bytes): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES) return false;
  return subtle.verify(SIGNING, key, signature, signed(label, message));
}

function signed(label: string, message: Uint8Array): Bytes {
  return concat(utf8(`kelpie1/sig/${label}`), Uint8Array.of(0), message);
}

/** The machine id of RI's public point; a peer must compute it itself. */
export async function machineIdOf(ri: Uint8Array): Promise<MachineId> {
  return idFromBytes<MachineId>((await sha256(utf8("kelpie1/machine"), ri)).subarray(0, 16));
}

/** The device id of DA's public point. */
export async function deviceIdOf(da: Uint8Array): Promise<DeviceId> {
  return idFromBytes<DeviceId>((await sha256(utf8("kelpie1/device"), da)).subarray(0, 16));
}

/** The first 16 bytes of a labelled hash, as an id. */
export async function hashedId<T extends Id>(label: string, bytes: Uint8Array): Promise<T> {
  return idFromBytes<T>((await sha256(utf8(`kelpie1/${label}`), bytes)).subarray(0, 16));
}

/** The digest a wait's answer must carry: H of the request string's UTF-8 bytes. */
export async function digestOf(text: string): Promise<Hash> {
  return hashFromBytes(await sha256(utf8(text)));
}

/** H of some bytes, as a hash. */
export async function hashOf(...parts: readonly Uint8Array[]): Promise<Hash> {
  return hashFromBytes(await sha256(...parts));
}

/** What CLAIM_HASH holds: B64(H("kelpie1/claim" ‖ T)). */
export async function claimHashOf(token: Uint8Array): Promise<string> {
  return toB64(await sha256(utf8("kelpie1/claim"), token));
}

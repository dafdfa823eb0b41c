// SEAL, OPEN and PAD of protocol section 1. A fresh salt gives every frame its own AES key, so no nonce can repeat.
import { concat, lp } from "./bytes.ts";
import { kdf, type Secret } from "./crypto.ts";
import { PAD_BLOCK_BYTES, PAD_MIN_BYTES, PAD_POWER_MAX_BYTES, PAD_STEP_BYTES } from "./limits.ts";
import { randomBytes, subtle, type Bytes, type OpaqueKey } from "./platform.ts";

const SALT_BYTES = 16;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** Opens one body and no other: its own key and nonce, one after the other. */
export const BODY_KEY_BYTES = KEY_BYTES + NONCE_BYTES;
const EMPTY = new Uint8Array(0);

/** How a body's size is hidden: "power" for commands, results and pairing, "block" for everything else. */
export type Padding = "power" | "block";

/** Length of `length` plaintext bytes with their prefix, padded. */
export function paddedLength(length: number, padding: Padding): number {
  const whole = length + LENGTH_BYTES;
  if (padding === "block") return Math.ceil(whole / PAD_BLOCK_BYTES) * PAD_BLOCK_BYTES;
  if (whole > PAD_POWER_MAX_BYTES) return Math.ceil(whole / PAD_STEP_BYTES) * PAD_STEP_BYTES;
  let size = PAD_MIN_BYTES;
  while (size < whole) size *= 2;
  return size;
}

/** lp(plaintext) and zeros. */
export function pad(plaintext: Uint8Array, padding: Padding): Bytes {
  const padded = new Uint8Array(paddedLength(plaintext.length, padding));
  padded.set(lp(plaintext));
  return padded;
}

/** The plaintext of padded bytes; null when the length lies or the padding is not zero. */
export function unpad(padded: Bytes): Bytes | null {
  if (padded.length < LENGTH_BYTES) return null;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (end > padded.length) return null;
  for (let index = end; index < padded.length; index++) if (padded[index] !== 0) return null;
  return padded.subarray(LENGTH_BYTES, end);
}

/** KEY ‖ NONCE of one body: a key of 32 bytes and a nonce of 12 that its salt alone belongs to. */
async function keyAndNonce(key: Secret, label: string, salt: Uint8Array): Promise<Bytes> {
  return kdf(key, salt, `seal/${label}`, KEY_BYTES + NONCE_BYTES);
}

/** The key out of `bytes`, which are overwritten, and the nonce. */
async function aesKey(bytes: Bytes, usage: string): Promise<{ aes: OpaqueKey; iv: Bytes }> {
  const raw = bytes.slice(0, KEY_BYTES);
  const iv = bytes.slice(KEY_BYTES);
  const aes = await subtle.importKey("raw", raw, "AES-GCM", false, [usage]);
  raw.fill(0);
  bytes.fill(0);
  return { aes, iv };
}

/** SEAL: salt(16) ‖ AES-256-GCM(PAD(plaintext)), bound to `hdr`. `salt` is only given by test vectors. */
export async function seal(
  key: Secret,
  label: string,
  hdr: Bytes,
  plaintext: Uint8Array,
  padding: Padding,
  salt: Bytes = randomBytes(SALT_BYTES),
): Promise<Bytes> {
  const { aes, iv } = await aesKey(await keyAndNonce(key, label, salt), "encrypt");
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv, additionalData: hdr }, aes, pad(plaintext, padding));
  return concat(salt, new Uint8Array(sealed));
}

/** OPEN: the plaintext, or null for whatever was not sealed with this key, label and header. */
export async function open(key: Secret, label: string, hdr: Bytes, body: Bytes): Promise<Bytes | null> {
  const own = await bodyKey(key, label, body);
  return own === null ? null : openWithBodyKey(own, hdr, body);
}

/**
 * The key of this one body, to hand to somebody who may read it and nothing else; null for bytes that are no body.
 */
export async function bodyKey(key: Secret, label: string, body: Bytes): Promise<Bytes | null> {
  if (body.length < SALT_BYTES + TAG_BYTES + LENGTH_BYTES) return null;
  return keyAndNonce(key, label, body.subarray(0, SALT_BYTES));
}

/** OPEN with the key of this body alone (overwritten); null when it does not open. */
export async function openWithBodyKey(own: Bytes, hdr: Bytes, body: Bytes): Promise<Bytes | null> {
  const { aes, iv } = await aesKey(own, "decrypt");
  try {
    const parameters = { name: "AES-GCM", iv, additionalData: hdr };
    return unpad(new Uint8Array(await subtle.decrypt(parameters, aes, body.slice(SALT_BYTES))));
  } catch (error) {
    // WebCrypto says OperationError for a wrong tag, on every platform; anything else is a defect.
    if (error instanceof Error && error.name === "OperationError") return null;
    throw error;
  }
}

/** The empty salt of the protocol's KDF(…, "", …). */
export const NO_SALT: Bytes = EMPTY;

// The suite of the protocol once more, on node:crypto and by its letter: what the vectors are made with. It shares no
// line with schema/, so that both must be wrong in the same way to agree.
import { createCipheriv, createHash, createPublicKey, hkdfSync, verify } from "node:crypto";

/** H. */
export function H(...parts: Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

/** ASCII bytes. */
export const ascii = (text: string): Buffer => Buffer.from(text, "ascii");

/** KDF(k, salt, label, n), with `context` after the label. */
export function KDF(
  key: Uint8Array,
  salt: Uint8Array,
  label: string,
  length: number,
  context: Uint8Array = Buffer.alloc(0),
): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, Buffer.concat([ascii(`kelpie1/${label}`), context]), length));
}

/** PAD(pt) to `size` bytes. */
export function PAD(plaintext: Uint8Array, size: number): Buffer {
  const padded = Buffer.alloc(size);
  padded.writeUInt32BE(plaintext.length);
  Buffer.from(plaintext).copy(padded, 4);
  return padded;
}

/** SEAL(k, label, hdr, pt) with a given salt and padded size. */
export function SEAL(
  key: Uint8Array,
  label: string,
  hdr: Uint8Array,
  plaintext: Uint8Array,
  salt: Uint8Array,
  size: number,
): Buffer {
  const secret = KDF(key, salt, `seal/${label}`, 44);
  const cipher = createCipheriv("aes-256-gcm", secret.subarray(0, 32), secret.subarray(32));
  cipher.setAAD(hdr);
  const sealed = Buffer.concat([cipher.update(PAD(plaintext, size)), cipher.final()]);
  return Buffer.concat([salt, sealed, cipher.getAuthTag()]);
}

/** True when `signature` (r‖s) is SIGN(label, message) by the uncompressed P-256 point. */
export function VERIFY(point: Uint8Array, label: string, message: Uint8Array, signature: Uint8Array): boolean {
  const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: b64(point.subarray(1, 33)), y: b64(point.subarray(33)) };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.concat([ascii(`kelpie1/sig/${label}`), Buffer.of(0), message]);
  return verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** An unsigned big-endian integer of `bytes` bytes. */
export function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
}

/** `count` bytes counting up from `from`: recognisable in a hex dump. */
export function ramp(from: number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => (from + index) & 0xff));
}

/** base64url without padding. */
export const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

// The few globals that Node, workerd and browsers share, declared structurally so that schema/ needs no platform's types.

/** Bytes over a plain ArrayBuffer, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A WebCrypto key, opaque. Every platform's CryptoKey fits. */
export interface OpaqueKey {
  readonly type: string;
  readonly extractable: boolean;
}

interface Subtle {
  digest(algorithm: string, data: Bytes): Promise<ArrayBuffer>;
  importKey(
    format: "raw",
    data: Bytes,
    algorithm: object | string,
    extractable: boolean,
    usages: string[],
  ): Promise<OpaqueKey>;
  exportKey(format: "raw", key: OpaqueKey): Promise<ArrayBuffer>;
  deriveBits(algorithm: object, key: OpaqueKey, bits: number): Promise<ArrayBuffer>;
  encrypt(algorithm: object, key: OpaqueKey, data: Bytes): Promise<ArrayBuffer>;
  decrypt(algorithm: object, key: OpaqueKey, data: Bytes): Promise<ArrayBuffer>;
  sign(algorithm: object, key: OpaqueKey, data: Bytes): Promise<ArrayBuffer>;
  verify(algorithm: object, key: OpaqueKey, signature: Bytes, data: Bytes): Promise<boolean>;
  generateKey(algorithm: object, extractable: boolean, usages: string[]): Promise<KeyPair>;
}

/** A WebCrypto key pair, opaque. */
export interface KeyPair {
  readonly publicKey: OpaqueKey;
  readonly privateKey: OpaqueKey;
}

declare const crypto: { readonly subtle: Subtle; getRandomValues(bytes: Bytes): Bytes };
declare const TextEncoder: new () => { encode(text: string): Bytes };
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** WebCrypto of the platform. */
export const subtle: Subtle = crypto.subtle;

/** `length` random bytes of the platform's generator (at most 65,536). */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The string of UTF-8 bytes; null when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null; // the documented way of saying "not UTF-8"
    throw error;
  }
}

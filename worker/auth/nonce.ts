// Server nonces: time ‖ 16 random ‖ HMAC, so that freshness needs neither storage nor the client's clock.
import {
  concat,
  fromB64,
  importSecret,
  kdf,
  NO_SALT,
  NONCE_AHEAD_MS,
  NONCE_MS,
  randomBytes,
  toB64,
  utf8,
  type Bytes,
} from "../../schema/index.ts";

const TIME_BYTES = 8;
const RANDOM_BYTES = 16;
const MAC_BYTES = 32;
const HMAC = { name: "HMAC", hash: "SHA-256" };

/** Makes nonces and recognises its own. */
export interface Nonces {
  /** A fresh nonce. */
  create(): Promise<string>;
  /** True for a nonce of ours that is at most NONCE_MS old, by the clock of whichever server looks. Not single-use: a token bought twice is the same token. */
  isFresh(nonce: string): Promise<boolean>;
}

/** `tokenKey` is not used itself: the nonces' key is derived from it. */
export function createNonces(deps: { tokenKey: Bytes; now: () => number }): Nonces {
  let imported: Promise<CryptoKey> | undefined;
  const key = (): Promise<CryptoKey> => (imported ??= importMacKey(deps.tokenKey));

  return {
    async create() {
      const head = new Uint8Array(TIME_BYTES + RANDOM_BYTES);
      new DataView(head.buffer).setBigUint64(0, BigInt(deps.now()));
      head.set(randomBytes(RANDOM_BYTES), TIME_BYTES);
      return toB64(concat(head, new Uint8Array(await crypto.subtle.sign(HMAC, await key(), head))));
    },
    async isFresh(nonce) {
      const bytes = fromB64(nonce);
      if (bytes?.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return false;
      const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
      if (!(await crypto.subtle.verify(HMAC, await key(), bytes.subarray(head.length), head))) return false;
      const age = deps.now() - Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
      return age >= -NONCE_AHEAD_MS && age <= NONCE_MS;
    },
  };
}

async function importMacKey(tokenKey: Bytes): Promise<CryptoKey> {
  // importSecret overwrites what it is given, and the token key is needed again.
  const secret = await importSecret(concat(tokenKey));
  const bytes = await kdf(secret, NO_SALT, "worker/nonce", MAC_BYTES, utf8(""));
  return crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign", "verify"]);
}

// WebCrypto for the simulator: the same interface, sizes and algorithms (SHA-256, HKDF, AES-GCM), but done at once and
// from seeded randomness. ECDSA and ECDH on P-256 are replaced by constructions of equal shape that are not secure: nobody
// in the simulator attacks a signature, and the platform's own would draw nonces that no seed repeats.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from "node:crypto";
import type { Random } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A key as this WebCrypto makes it. */
class SimKey {
  readonly type: "secret" | "public" | "private";
  readonly extractable: boolean;
  readonly bytes: Bytes;
  /** 65 bytes, for pairs. */
  readonly point: Bytes | null;

  constructor(type: SimKey["type"], extractable: boolean, bytes: Bytes, point: Bytes | null = null) {
    this.type = type;
    this.extractable = extractable;
    this.bytes = bytes;
    this.point = point;
  }
}

interface Parameters {
  readonly name?: string;
  readonly salt?: Uint8Array;
  readonly info?: Uint8Array;
  readonly public?: unknown;
  readonly iv?: Uint8Array;
  readonly additionalData?: Uint8Array;
}

const TAG_BYTES = 16;

/** What a failed AES-GCM tag is, as WebCrypto names it. */
class OperationError extends Error {
  override readonly name = "OperationError";
}

function sha256(...parts: readonly (Uint8Array | string)[]): Bytes {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function keyOf(value: unknown): SimKey {
  if (!(value instanceof SimKey)) throw new TypeError("a key of another WebCrypto");
  return value;
}

function pointOf(key: SimKey): Bytes {
  if (key.point === null) throw new TypeError("not a key of a pair");
  return key.point;
}

function nameOf(algorithm: Parameters | string): string {
  return typeof algorithm === "string" ? algorithm : (algorithm.name ?? "");
}

function signatureOf(point: Bytes, data: Uint8Array): Buffer {
  const first = hmac(point, data);
  return Buffer.concat([first, hmac(point, first)]);
}

function agreed(one: Bytes, other: Bytes): Bytes {
  const [low, high] = [one, other].sort((a, b) => Buffer.compare(a, b));
  return sha256("agreement", low ?? one, high ?? other);
}

/**
 * The `subtle` of one simulator. Its promises are resolved in the same turn; how many turns of the microtask queue they
 * take is drawn from the seed, because the platform's finish in any order.
 */
class SimSubtle {
  readonly #random: () => Random;

  constructor(random: () => Random) {
    this.#random = random;
  }

  async #settle(): Promise<void> {
    for (let turns = this.#random().u32() & 3; turns > 0; turns--) await Promise.resolve();
  }

  async digest(_algorithm: string, data: Bytes): Promise<ArrayBuffer> {
    const digest = buffer(sha256(data));
    await this.#settle();
    return digest;
  }

  async importKey(_format: "raw", data: Bytes, algorithm: Parameters | string, extractable: boolean): Promise<SimKey> {
    const bytes = new Uint8Array(data);
    const name = nameOf(algorithm);
    const isPoint = name === "ECDSA" || name === "ECDH";
    await this.#settle();
    return isPoint ? new SimKey("public", extractable, bytes, bytes) : new SimKey("secret", extractable, bytes);
  }

  async exportKey(_format: "raw", key: unknown): Promise<ArrayBuffer> {
    return buffer(pointOf(keyOf(key)));
  }

  async generateKey(_algorithm: Parameters, extractable: boolean): Promise<{ publicKey: SimKey; privateKey: SimKey }> {
    const secret = new Uint8Array(32);
    this.#random().fill(secret);
    const point = new Uint8Array(65);
    point[0] = 4;
    point.set(sha256("x", secret), 1);
    point.set(sha256("y", secret), 33);
    return {
      publicKey: new SimKey("public", true, point, point),
      privateKey: new SimKey("private", extractable, secret, point),
    };
  }

  async deriveBits(algorithm: Parameters, key: unknown, bits: number): Promise<ArrayBuffer> {
    const { bytes, point } = keyOf(key);
    const { salt = new Uint8Array(0), info = new Uint8Array(0) } = algorithm;
    const derived =
      algorithm.name === "ECDH"
        ? buffer(agreed(point ?? bytes, pointOf(keyOf(algorithm.public))))
        : hkdfSync("sha256", bytes, salt, info, bits / 8);
    await this.#settle();
    return derived;
  }

  async encrypt(algorithm: Parameters, key: unknown, data: Bytes): Promise<ArrayBuffer> {
    const cipher = createCipheriv("aes-256-gcm", keyOf(key).bytes, algorithm.iv ?? new Uint8Array(12));
    cipher.setAAD(algorithm.additionalData ?? new Uint8Array(0));
    const sealed = Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
    await this.#settle();
    return buffer(sealed);
  }

  async decrypt(algorithm: Parameters, key: unknown, data: Bytes): Promise<ArrayBuffer> {
    const opened = this.#open(algorithm, keyOf(key), data);
    await this.#settle();
    if (opened === null) throw new OperationError("wrong tag");
    return opened;
  }

  #open(algorithm: Parameters, key: SimKey, data: Bytes): ArrayBuffer | null {
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, algorithm.iv ?? new Uint8Array(12));
    decipher.setAAD(algorithm.additionalData ?? new Uint8Array(0));
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
    try {
      return buffer(Buffer.concat([decipher.update(data.subarray(0, data.length - TAG_BYTES)), decipher.final()]));
    } catch {
      // node:crypto's way of saying that the tag is wrong; it has no other failure here.
      return null;
    }
  }

  async sign(_algorithm: Parameters, key: unknown, data: Bytes): Promise<ArrayBuffer> {
    const signature = buffer(signatureOf(pointOf(keyOf(key)), data));
    await this.#settle();
    return signature;
  }

  async verify(_algorithm: Parameters, key: unknown, signature: Bytes, data: Bytes): Promise<boolean> {
    const isRight = signatureOf(pointOf(keyOf(key)), data).equals(signature);
    await this.#settle();
    return isRight;
  }
}

/** A `crypto` that takes its randomness from whatever stream is current. */
export function simCrypto(random: () => Random): object {
  return {
    subtle: new SimSubtle(random),
    getRandomValues: <T extends Uint8Array>(bytes: T): T => {
      random().fill(bytes);
      return bytes;
    },
  };
}

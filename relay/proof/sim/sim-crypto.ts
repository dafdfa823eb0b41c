// WebCrypto for the simulator: the same interface and sizes, SHA-256 and AES-GCM as they are, but done at once and from
// seeded randomness. HKDF, ECDSA and ECDH are replaced by constructions of equal shape out of SHA-256, which are not secure:
// nobody in the simulator attacks a key, and the platform's own signatures draw nonces that no seed repeats.
import { createCipheriv, createDecipheriv, hash } from "node:crypto";
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

const encoder = new TextEncoder();

function sha256(...parts: readonly (Uint8Array | string)[]): Bytes {
  const whole = Buffer.concat(parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part)));
  return new Uint8Array(hash("sha256", whole, "buffer"));
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
  const first = sha256("signature", point, data);
  return Buffer.concat([first, sha256(point, first)]);
}

/** As many bytes as HKDF would give, each bound to key, salt and info. */
function derived(key: Bytes, salt: Uint8Array, info: Uint8Array, length: number): ArrayBuffer {
  const seed = sha256(Uint8Array.of(salt.length), salt, key, info);
  const bytes = new Uint8Array(length);
  for (let at = 0, count = 0; at < length; at += 32, count++) {
    const block = sha256(seed, Uint8Array.of(count));
    bytes.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  return bytes.buffer;
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
    const made =
      algorithm.name === "ECDH"
        ? buffer(agreed(point ?? bytes, pointOf(keyOf(algorithm.public))))
        : derived(bytes, salt, info, bits / 8);
    await this.#settle();
    return made;
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

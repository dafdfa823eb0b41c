// Seeded randomness. Every part of a run draws from a stream of its own, so that leaving one action out does not move the
// others.

/** FNV-1a over UTF-16 units: spreads a label over 32 bits. */
function hashOfText(text: string): number {
  let h = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  return h >>> 0;
}

/** A small fast generator (sfc32). Equal seed and label, equal stream; nothing about it is secret. */
export class Random {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number, label: string) {
    this.#seed = seed;
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = hashOfText(label);
    for (let round = 0; round < 12; round++) this.u32();
  }

  /** An independent stream of the same seed. */
  fork(label: string): Random {
    return new Random(this.#seed, label);
  }

  /** Uniform in 0..2^32-1. */
  u32(): number {
    const t = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number, low <= n <= high. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them; undefined of none. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.next() * list.length)];
  }

  /** Small numbers often, large ones rarely: uniform in the logarithm. */
  skewed(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.next());
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.u32() & 0xff;
  }
}

// Token buckets. They live in memory only: a hub that slept long enough to lose them would have refilled them anyway.

interface Bucket {
  tokens: number;
  at: number;
}

/** How fast, and how much at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const SECOND_MS = 1000;

/** One bucket per key; the keys are few (devices of a machine), so none is ever dropped. */
export class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one token: 0 when there was one, else the ms until there will be. */
  take(key: string, now: number): number {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const gained = (Math.max(0, now - bucket.at) / SECOND_MS) * perSecond;
    const tokens = Math.min(burst, bucket.tokens + gained);
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * SECOND_MS);
  }
}

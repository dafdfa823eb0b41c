// Events on their way from one agent to its one consumer, in order, each once.

interface Waiter {
  readonly at: number;
  readonly resolve: () => void;
}

/**
 * Unbounded by itself: who fills it awaits `room` between inputs, so that it holds `aheadSize` and one input at most.
 * Sizes are whatever unit the filler counts in.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #aheadSize: number;
  #items: { readonly item: T; readonly size: number }[] = [];
  #size = 0;
  #pushed = 0;
  #taken = 0;
  #isEnded = false;
  #isRead = false;
  #wake: (() => void) | undefined;
  #roomWaiters: (() => void)[] = [];
  #takenWaiters: Waiter[] = [];

  constructor(aheadSize: number) {
    this.#aheadSize = aheadSize;
  }

  push(item: T, size: number): void {
    if (this.#isEnded) return;
    this.#items.push({ item, size });
    this.#size += size;
    this.#pushed += 1;
    this.#wake?.();
  }

  /** No more items; what is there is still read. Idempotent. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Resolves when less than `aheadSize` waits to be read. */
  async room(): Promise<void> {
    while (this.#size >= this.#aheadSize && !this.#isEnded) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  /** Resolves when the consumer has finished with everything pushed so far; at once while nobody consumes. */
  async allTaken(): Promise<void> {
    if (!this.#isRead || this.#taken >= this.#pushed) return;
    await new Promise<void>((resolve) => this.#takenWaiters.push({ at: this.#pushed, resolve }));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    if (this.#isRead) throw new TypeError("the events of an agent have one consumer");
    this.#isRead = true;
    try {
      for (;;) {
        const batch = this.#items;
        this.#items = [];
        for (const { item, size } of batch) {
          yield item;
          this.#tookOne(size);
        }
        if (this.#items.length > 0) continue;
        if (this.#isEnded) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      // Whoever left early wants nothing more; nobody may hang on them.
      this.#isEnded = true;
      this.#isRead = false;
      this.#release(Number.POSITIVE_INFINITY);
    }
  }

  #tookOne(size: number): void {
    this.#taken += 1;
    this.#size -= size;
    this.#release(this.#taken);
  }

  #release(taken: number): void {
    if (this.#size < this.#aheadSize || this.#isEnded) {
      const waiters = this.#roomWaiters;
      this.#roomWaiters = [];
      for (const resolve of waiters) resolve();
    }
    while (this.#takenWaiters[0] !== undefined && this.#takenWaiters[0].at <= taken)
      this.#takenWaiters.shift()?.resolve();
  }
}

// A connection that its owner may lose at any time (a browser closes databases of pages it put to sleep) and that is
// opened again for the next use.

interface ConnectionOptions<T> {
  /** Opens one; calls `lost` when it is gone by itself. `isAgain` is true for every one but the first. */
  readonly open: (lost: () => void, isAgain: boolean) => Promise<T>;
  /** True for the error of a use that found it closed and therefore did nothing at all. */
  readonly isClosed: (error: unknown) => boolean;
}

/** One connection at a time; uses that come while it is opened wait for the same one. */
export class LastingConnection<T> {
  readonly #options: ConnectionOptions<T>;
  #held: Promise<T> | null = null;
  #wasOpen = false;

  constructor(options: ConnectionOptions<T>) {
    this.#options = options;
  }

  /** Runs `work`, once more over a new connection if the old one had been closed before it did anything. */
  async use<R>(work: (connection: T) => Promise<R>): Promise<R> {
    const held = this.#connect();
    try {
      return await work(await held);
    } catch (error) {
      if (!this.#options.isClosed(error)) throw error;
      this.#lost(held);
      return await work(await this.#connect());
    }
  }

  #connect(): Promise<T> {
    if (this.#held !== null) return this.#held;
    const opening: Promise<T> = this.#open(() => this.#lost(opening));
    this.#held = opening;
    return opening;
  }

  async #open(lost: () => void): Promise<T> {
    try {
      const connection = await this.#options.open(lost, this.#wasOpen);
      this.#wasOpen = true;
      return connection;
    } catch (error) {
      lost(); // the next use tries again
      throw error;
    }
  }

  #lost(connection: Promise<T>): void {
    if (this.#held === connection) this.#held = null;
  }
}

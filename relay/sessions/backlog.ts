// How much of an agent's output is on its way into the log. Reading stops above a limit, so that a flood meets the
// agent's own pipe and not our memory.

/** Counts what is not committed yet. */
export class Backlog {
  readonly #limit: number;
  #size = 0;
  #waiters: (() => void)[] = [];

  /** `limit` in the unit of `add`. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  add(size: number): void {
    this.#size += size;
  }

  remove(size: number): void {
    this.#size -= size;
    if (this.#size >= this.#limit) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Resolves when less than the limit is uncommitted. */
  async room(): Promise<void> {
    while (this.#size >= this.#limit) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
}

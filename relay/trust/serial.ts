// One thing after the other: changes that await must not interleave.

/** Runs jobs in the order they come, each after the one before has settled. A failed job fails only its caller. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

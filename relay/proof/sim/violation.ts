/** An invariant that did not hold, in its own words. `name`: R1, R2, … or "defect" for an error that nobody expected. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, what: string, cause?: unknown) {
    super(`${invariant}: ${what}`, cause === undefined ? {} : { cause });
    this.invariant = invariant;
  }
}

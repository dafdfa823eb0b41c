// What a mutant is: one rule of the product taken out, and what must fail because of it. Kept as data so that one
// command can run them all; a check that no mutant can trip proves nothing.

/** The test that must fail: its file from the root, and its whole title as vitest prints it, describes included. */
export interface FailingTest {
  readonly file: string;
  /** Titles of the describes around it and its own, joined by one space. */
  readonly name: string;
}

/** The simulator that must find a violation: `npm run proof -- sim --seeds N --from A` ends with exit code 1. */
export interface FailingSim {
  readonly from: number;
  readonly seeds: number;
}

/** A rule of the product and how it is taken out. */
export interface Mutation {
  /** Kebab-case, once in the whole suite, beginning with the claim: `s1-window-forgets`. */
  readonly id: string;
  /** `S1` … `S30`, `R1` … `R18`. */
  readonly claim: string;
  /** The rule that is taken out, in words, for the table. */
  readonly rule: string;
  /** The file that is changed, from the root. */
  readonly file: string;
  /** Occurs exactly once in the file, or the mutant is broken. */
  readonly find: string;
  readonly replace: string;
  /** Taken out, the rule may leave the test waiting for ever: running out of time then counts as caught. */
  readonly mayHang?: true;
}

/** One mutation with the proof that must fail under it: a test, or the simulator. */
export type Mutant = Mutation & ({ readonly test: FailingTest } | { readonly sim: FailingSim });

// Names of the vitest projects that are run by themselves.

/** The long tests: `npm test` leaves them out, `npm run test:long` runs nothing else. */
export const LONG_PROJECT = "long";
/** Browsers and whole products. */
export const E2E_PROJECT = "e2e";
/** What holds the promises against a lying Worker, a failing machine and a clock. */
export const PROOF_PROJECT = "proof";

/** The vitest project of the long tests: `npm test` leaves it out, `npm run test:long` runs nothing else. */
export const LONG_PROJECT = "long";

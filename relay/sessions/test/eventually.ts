// Waiting in tests. What counts is how often was looked, not for how long: a machine that stood still proves nothing.

const LOOKS = 2_000;
const BETWEEN_LOOKS_MS = 10;

/** The first answer of `look` that is no error; the last error when none came in all those looks. */
export async function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  for (let left = LOOKS; ; left--) {
    try {
      return await look();
    } catch (error) {
      if (left === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}

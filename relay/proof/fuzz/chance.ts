// Chance that repeats: the same name and number give the same throws on every machine.

/** A stream of throws. */
export interface Chance {
  /** A whole number in 0..below-1; `below` at least 1. */
  below(below: number): number;
  /** True once in `times`. */
  oneIn(times: number): boolean;
  /** One of them; they must not be none. */
  pick<T>(from: readonly T[]): T;
}

/** Chance of one input: `index` of the run named `name` (small fast counter generator "sfc32", 12 rounds of warming). */
export function chanceOf(name: string, index: number): Chance {
  let [a, b, c, d] = [hash(name), index >>> 0, Math.floor(index / 0x1_0000_0000), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  const below = (limit: number): number => next() % limit;
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new TypeError("nothing to pick from");
      return chosen;
    },
  };
}

/** FNV-1a of the name's UTF-16 units. */
function hash(name: string): number {
  let value = 0x811c_9dc5;
  for (let at = 0; at < name.length; at++) value = Math.imul(value ^ name.charCodeAt(at), 0x0100_0193);
  return value >>> 0;
}

// What a bench says about many measurements of one thing. Pure.

/** The middle and the slow end of a distribution, in the unit of what was measured. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** The value below which `share` (0 to 1) of the values lie, by nearest rank; NaN of none. Order does not matter. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}

/** The middle one, the lower of two: what several runs of one start or one load come to. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Each figure of `value` over the same one of `floor`; a figure without a floor has no ratio. */
export function ratiosOf(
  value: Readonly<Record<string, number>>,
  floor: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, number]) => {
      const below = floor[name];
      return below === undefined || below === 0 ? [] : [[name, number / below]];
    }),
  );
}

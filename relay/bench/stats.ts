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

/** The most of these times that lie within any stretch of `windowMs`; times in order. */
export function busiestWindow(times: readonly number[], windowMs: number): number {
  let [most, first] = [0, 0];
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

// One row of the bench: what was measured, its floor from the same run, its goal; as a JSON line or as a line for people.
import { ratiosOf } from "./stats.ts";

type Figures = Readonly<Record<string, number>>;

/** What a row has to say. Figures of one row share one unit, unless their names say otherwise. */
export interface Measured {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly value: Figures;
  /** How many measurements the figures come from. */
  readonly count?: number;
  /** The same figures of a bare thing that does the same work, measured in the same run. */
  readonly floor?: Figures;
  readonly floorIs?: string;
  /** Figures of `value` that must not be larger than this. */
  readonly atMost?: Figures;
  /** Ratios to the floor that must not be larger than this. */
  readonly atMostTimes?: Figures;
  readonly note?: string;
}

/** A row with its verdict; `isMet` is null where nothing is asked. */
export interface Verdict extends Measured {
  readonly ratio: Figures;
  readonly isMet: boolean | null;
}

export function judge(measured: Measured): Verdict {
  const ratio = ratiosOf(measured.value, measured.floor ?? {});
  const checks = [...within(measured.value, measured.atMost), ...within(ratio, measured.atMostTimes)];
  return { ...measured, ratio, isMet: checks.length === 0 ? null : checks.every(Boolean) };
}

function within(figures: Figures, limits: Figures = {}): boolean[] {
  return Object.entries(limits).map(([name, limit]) => (figures[name] ?? Number.POSITIVE_INFINITY) <= limit);
}

/** One line of JSON. */
export function asJson(verdict: Verdict): string {
  const rounded = (_: string, value: unknown): unknown => (typeof value === "number" ? round(value) : value);
  return JSON.stringify(verdict, rounded);
}

/** A few short lines for people. */
export function asText({
  row,
  what,
  unit,
  value,
  count,
  floor,
  floorIs,
  ratio,
  atMost,
  atMostTimes,
  isMet,
  note,
}: Verdict): string {
  const mark = isMet === null ? "  " : isMet ? "ok" : "NO";
  const lines = [
    `${mark} ${row.padEnd(22)} ${what}`,
    `${INDENT}${figureList(value)} ${unit}${count === undefined ? "" : ` (${count} measured)`}`,
  ];
  if (floor !== undefined)
    lines.push(`${INDENT}floor ${figureList(floor)}${floorIs === undefined ? "" : `: ${floorIs}`}`);
  if (Object.keys(ratio).length > 0) lines.push(`${INDENT}${figureList(ratio, "x")} of the floor`);
  const goals = [
    atMost === undefined ? "" : figureList(atMost),
    atMostTimes === undefined ? "" : figureList(atMostTimes, "x"),
  ];
  if (isMet !== null) lines.push(`${INDENT}goal at most ${goals.filter((goal) => goal !== "").join(", ")}`);
  if (note !== undefined) lines.push(`${INDENT}${note}`);
  return lines.join("\n");
}

const INDENT = " ".repeat(26);

/** "p50 3, p99 12", rounded. */
export function figureList(figures: Figures, suffix = ""): string {
  return Object.entries(figures)
    .map(([name, number]) => `${name} ${round(number)}${suffix}`)
    .join(", ");
}

function round(number: number): number {
  const digits = Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 3;
  return Number(number.toFixed(digits));
}

// The bench as a picture: one bar per figure that has a goal, as a share of that goal, with a mark for the floor. Plain
// SVG that reads in light and dark, and without colours: what is over its goal says so in words.
import type { Verdict } from "./report.ts";

/** One figure against its goal. */
export interface Bar {
  readonly row: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number;
  readonly floor: number | null;
}

const WIDTH = 760;
const LINE = 22;
const TOP = 34;
const LABELS = 250;
const SCALE = 170;
/** Bars and marks end here, in goals; the figure stands beside them. */
const LONGEST = 2;

/** Figures with a goal above nought; the stricter one where a figure has two. */
export function barsOf(verdicts: readonly Verdict[]): Bar[] {
  return verdicts.flatMap(({ row, unit, value, floor = {}, atMost = {}, atMostTimes = {} }) =>
    Object.entries(value).flatMap(([figure, measured]) => {
      const below = floor[figure];
      const times = atMostTimes[figure];
      const relative = times === undefined || below === undefined ? Infinity : times * below;
      const goal = Math.min(atMost[figure] ?? Infinity, relative);
      if (!Number.isFinite(goal) || goal <= 0 || !Number.isFinite(measured)) return [];
      return [{ row, figure, value: measured, unit, goal, floor: below ?? null }];
    }),
  );
}

/** A whole SVG document; `title` and `about` are read out in its place. */
export function chartOf(
  bars: readonly Bar[],
  { title, about }: { readonly title: string; readonly about: string },
): string {
  const height = TOP + bars.length * LINE + 12;
  const goalX = LABELS + SCALE;
  const bottom = height - 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title about">
<title id="title">${escaped(title)}</title>
<desc id="about">${escaped(about)}</desc>
<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e}.bar{fill:#3a6ea5}.over{fill:#b4540a}.floor{stroke:#1f2328;stroke-width:2}.goal{stroke:#59636e;stroke-dasharray:3 3}.back{fill:#fff}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.bar{fill:#6ea8e0}.over{fill:#e8964a}.floor{stroke:#e6edf3}.goal{stroke:#9198a1}.back{fill:#0d1117}}
</style>
<rect class="back" width="${WIDTH}" height="${height}"/>
<text class="quiet" x="8" y="18">bar: measured, mark: floor</text>
<text class="quiet" x="${goalX}" y="18" text-anchor="middle">goal</text>
<line class="goal" x1="${goalX}" y1="24" x2="${goalX}" y2="${bottom}"/>
${bars.map(lineOf).join("\n")}
</svg>
`;
}

function lineOf(bar: Bar, index: number): string {
  const y = TOP + index * LINE;
  const isOver = bar.value > bar.goal;
  const width = Math.max(1, lengthOf(bar.value, bar));
  const floorX = bar.floor === null ? null : LABELS + lengthOf(bar.floor, bar);
  const mark = floorX === null ? "" : `<line class="floor" x1="${floorX}" y1="${y}" x2="${floorX}" y2="${y + 16}"/>`;
  const words = `${short(bar.value)} of ${short(bar.goal)} ${bar.unit}${isOver ? ", over" : ""}`;
  return [
    `<text x="8" y="${y + 12}">${escaped(`${bar.row}, ${bar.figure}`)}</text>`,
    `<rect class="${isOver ? "over" : "bar"}" x="${LABELS}" y="${y + 2}" width="${width}" height="12"/>${mark}`,
    `<text class="quiet" x="${LABELS + LONGEST * SCALE + 10}" y="${y + 12}">${escaped(words)}</text>`,
  ].join("");
}

function lengthOf(value: number, { goal }: Bar): number {
  return Math.round(SCALE * Math.min(LONGEST, Math.max(0, value / goal)));
}

function short(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

import { expect, test } from "vitest";
import { barsOf, chartOf } from "./chart.ts";
import { pageOf } from "./page.ts";
import { judge } from "./report.ts";

const line = judge({
  ...{ row: "line", what: "a line's age", unit: "ms", value: { p50: 3, p99: 9, missing: 0 }, count: 400 },
  ...{ floor: { p50: 1, p99: 8 }, atMost: { p50: 8, p99: 40, missing: 0 }, atMostTimes: { p50: 1.5 } },
});
const untold = judge({ row: "facts", what: "for information", unit: "MiB", value: { all: 3 } });

test("a figure has a bar when it has a goal above nought, and the stricter goal where it has two", () => {
  expect(barsOf([line, untold])).toEqual([
    { row: "line", figure: "p50", value: 3, unit: "ms", goal: 1.5, floor: 1 },
    { row: "line", figure: "p99", value: 9, unit: "ms", goal: 40, floor: 8 },
  ]);
});

test("the picture has a title and a description, escapes its words, and says in words what is over", () => {
  const svg = chartOf(barsOf([{ ...line, row: "a<b" }]), { title: "Bench & more", about: "All figures" });
  for (const words of [
    "<title",
    "Bench &amp; more",
    "<desc",
    "a&lt;b, p50",
    "3 of 1.5 ms, over",
    "prefers-color-scheme:dark",
  ])
    expect(svg).toContain(words);
  expect(svg).toContain("9 of 40 ms<");
});

test("a bar that is far over its goal ends inside the picture", () => {
  const svg = chartOf([{ row: "r", figure: "f", value: 1e9, unit: "ms", goal: 1, floor: 1e9 }], {
    title: "t",
    about: "a",
  });
  const widths = [...svg.matchAll(/(?:width|x1)="(\d+)"/g)].map(([, width]) => Number(width));
  expect(Math.max(...widths)).toBeLessThanOrEqual(760);
});

test("the page tells date, cores, every row with its count and verdict, and what is missing", () => {
  const machine = { cores: 2, memoryGib: 8, system: "linux x64", node: "24" };
  const run = { verdicts: [line, untold], failed: ["heal"], left: ["idle"], date: "2026-11-27", machine };
  const page = pageOf(run, "bench.svg");
  for (const words of ["2026-11-27, 2 cores", "0 of 1 rows", "](bench.svg)", "| 400 |", "**no**", "heal.", "idle."])
    expect(page).toContain(words);
});

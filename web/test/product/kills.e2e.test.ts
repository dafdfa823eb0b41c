// The ordinary run of the real kills; the long one is `npm run proof -- kills`.
import { expect, test } from "vitest";
import { runKills } from "../../../relay/proof/kills/run.ts";

const KILLS = 10;

test("R1 R2 R3 R5 R6 R9 R12 R13 ten kills of the real processes lose nothing, repeat nothing and leave nothing", async () => {
  const said: string[] = [];
  const report = await runKills({ seed: 4, count: KILLS, batch: 5, maxMs: 120_000, say: (line) => said.push(line) });
  expect(report.breaches, said.join("\n")).toEqual([]);
  expect(report.prompts["effectsTwice"]).toBe(0);
  expect(report.kills).toBeGreaterThan(KILLS / 2);
  // A place that nobody passes proves nothing. Whether a life leaves a command behind is chance in so short a run.
  expect(report.neverPassed.filter((name) => name !== "recover.commands")).toEqual([]);
});

// `npm run proof -- kills --count 200 [--seed S] [--batch N] [--minutes M] [--json] [--quiet]`
import { parseArgs } from "node:util";
import { asText } from "./report.ts";
import { runKills } from "./run.ts";

/** Runs kills and prints what they found; 1 when anything was. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: "string", default: "200" },
      seed: { type: "string" },
      batch: { type: "string", default: "4" },
      minutes: { type: "string", default: "120" },
      json: { type: "boolean", default: false },
      quiet: { type: "boolean", default: false },
    },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const say = values.quiet ? () => undefined : (line: string) => console.error(line);
  say(`seed ${seed}`);
  const report = await runKills({
    seed,
    count: Number(values.count),
    batch: Number(values.batch),
    maxMs: Number(values.minutes) * 60_000,
    say,
  });
  console.log(values.json ? JSON.stringify(report) : asText(report));
  return report.breaches.length === 0 && report.neverPassed.length === 0 ? 0 : 1;
}

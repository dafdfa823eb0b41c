// `npm run proof -- kills --count 200 [--seed S] [--only KIND] [--batch N] [--minutes M] [--keep FOLDER] [--json] [--quiet]`
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordFigures } from "../figures.ts";
import { KINDS } from "./plan.ts";
import { asText, figuresOf } from "./report.ts";
import { runKills } from "./run.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** A run of fewer lives is somebody's look at something, not a figure. */
const RECORDED_FROM = 100;

/** Runs kills and prints what they found; 1 when anything was. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: "string", default: "200" },
      seed: { type: "string" },
      only: { type: "string" },
      batch: { type: "string", default: "4" },
      minutes: { type: "string", default: "120" },
      keep: { type: "string" },
      json: { type: "boolean", default: false },
      quiet: { type: "boolean", default: false },
    },
  });
  const only = KINDS.find((kind) => kind === values.only);
  if (values.only !== undefined && only === undefined) throw new TypeError(`--only is one of ${KINDS.join(", ")}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const say = values.quiet ? () => undefined : (line: string) => console.error(line);
  say(`seed ${seed}`);
  const report = await runKills({
    ...{ seed, say, count: Number(values.count), batch: Number(values.batch), maxMs: Number(values.minutes) * 60_000 },
    ...(only === undefined ? {} : { only }),
    ...(values.keep === undefined ? {} : { keepAt: values.keep }),
  });
  if (only === undefined && Number(values.count) >= RECORDED_FROM) {
    const command = `npm run proof -- kills --count ${values.count} --seed ${seed}`;
    recordFigures(ROOT, "kills", { at: Date.now(), command, figures: figuresOf(report) });
  }
  console.log(values.json ? JSON.stringify(report) : asText(report));
  return report.breaches.length === 0 && report.neverPassed.length === 0 ? 0 : 1;
}

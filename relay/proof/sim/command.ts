// `npm run proof -- sim`: plays seeds and says what it saw; for a violation, how to see it again.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordFigures } from "../figures.ts";
import type { RunResult } from "./run-seed.ts";
import { playSeed, playSeeds, seedsFrom, shrink } from "./seed-pool.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const ORDINARY_SEEDS = 1000;
/** A run of fewer seeds is somebody's look at something, not a figure. */
const RECORDED_FROM = 1000;

interface Totals {
  seeds: number;
  steps: number;
  messages: number;
  commands: number;
  records: number;
  crashes: number;
  failed: RunResult[];
}

/** Exit code 0, or 1 when an invariant was broken. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      without: { type: "string", default: "" },
      threads: { type: "string" },
      trace: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const without = values.without === "" ? [] : values.without.split(",").map(Number);
  if (values.seed !== undefined) return playOne(Number(values.seed), without, values);
  const totals: Totals = { seeds: 0, steps: 0, messages: 0, commands: 0, records: 0, crashes: 0, failed: [] };
  const startedAt = performance.now();
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  await playSeeds(
    { seeds: seedsFrom(Number(values.from), Number(values.seeds ?? ORDINARY_SEEDS)), ...threads },
    (result) => {
      add(totals, result);
      return result.violation === null || values.all ? "more" : "enough";
    },
  );
  const ms = Math.round(performance.now() - startedAt);
  const { failed, ...figures } = totals;
  console.log(values.json ? JSON.stringify({ ...figures, ms, failed }) : wordsOf(figures, ms));
  for (const result of failed) await tellOf(result, values);
  if (figures.seeds >= RECORDED_FROM) {
    const command = `npm run proof -- sim --seeds ${figures.seeds} --from ${values.from}`;
    recordFigures(ROOT, "sim", { at: Date.now(), command, figures: { ...figures, violations: failed.length } });
  }
  return failed.length === 0 ? 0 : 1;
}

async function playOne(seed: number, without: readonly number[], options: Told & { trace: boolean }): Promise<number> {
  const result = await playSeed({ seed, without, trace: options.trace }, (line) => console.log(line));
  if (options.json) console.log(JSON.stringify(result));
  else
    console.log(`seed ${seed}: ${result.steps} steps, ${result.commands} commands, hash ${result.digest.slice(0, 16)}`);
  if (result.violation === null) return 0;
  if (!options.json) console.log(`${result.violation.what}\n  at step ${result.violation.step}`);
  return 1;
}

interface Told {
  readonly json: boolean;
  readonly all: boolean;
}

/** The violation, and the smallest run found that shows it. */
async function tellOf(result: RunResult, { json, all }: Told): Promise<void> {
  const { seed, violation } = result;
  if (violation === null || json) return;
  console.log(`\nseed ${seed}, step ${violation.step}: ${violation.what}`);
  if (all) return;
  const without = await shrink(result, result.actions);
  const left = without.length === 0 ? "" : ` --without ${without.join(",")}`;
  console.log(`  again: npm run proof -- sim --seed ${seed}${left} --trace`);
}

function add(totals: Totals, result: RunResult): void {
  totals.seeds += 1;
  totals.steps += result.steps;
  totals.messages += result.messages;
  totals.commands += result.commands;
  totals.records += result.records;
  totals.crashes += result.crashes;
  if (result.violation !== null) totals.failed.push(result);
}

function wordsOf(figures: Omit<Totals, "failed">, ms: number): string {
  const { seeds, steps, messages, commands, records, crashes } = figures;
  const perSeed = (ms / Math.max(1, seeds)).toFixed(1);
  return (
    `${seeds} seeds in ${ms} ms (${perSeed} ms each): ${steps} steps, ${messages} messages, ${commands} commands, ` +
    `${records} records, ${crashes} crashes of the relay`
  );
}

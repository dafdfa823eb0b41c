// `npm run proof -- fuzz`: the long run, one target, or one input again.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordFigures } from "../figures.ts";
import { TARGETS, targetNamed } from "./all-targets.ts";
import type { Campaign, Finding } from "./campaign.ts";
import { runCrew } from "./crew.ts";
import { Inputs } from "./inputs.ts";
import type { FuzzTarget } from "./target.ts";
import { judge } from "./verdict.ts";

const USAGE = `Usage: npm run proof -- fuzz [--inputs N] [--seed S] [--target T]… [--first N] [--json] [--list]
       npm run proof -- fuzz --target T (--seed S --at N | --input BASE64)   one input again`;
const ROOT = join(import.meta.dirname, "..", "..", "..");
/** Enough to see that everything still stands, in a minute. */
const DEFAULT_INPUTS = 10_000;

/** Fuzzes; the exit code says whether anything was found. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: "string", default: String(DEFAULT_INPUTS) },
      first: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
      target: { type: "string", multiple: true, default: [] },
      at: { type: "string" },
      input: { type: "string" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const targets = values.target.length === 0 ? TARGETS : values.target.flatMap((name) => targetNamed(name) ?? []);
  const [inputs, first] = [Number(values.inputs), Number(values.first)];
  const isKnown = targets.length > 0 && values.target.every((name) => targetNamed(name) !== undefined);
  if (!isKnown || !Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(first) || first < 0) {
    console.error(USAGE);
    return 2;
  }
  if (values.list) {
    for (const { name, claim } of targets) console.log(`${name.padEnd(20)} ${claim}`);
    return 0;
  }
  const [target] = targets;
  if (target !== undefined && (values.at !== undefined || values.input !== undefined)) {
    const given = values.input === undefined ? undefined : Uint8Array.from(Buffer.from(values.input, "base64"));
    return again(target, given ?? new Inputs(target, values.seed).at(Number(values.at)));
  }
  return longRun(targets, { inputs, first, seed: values.seed, isJson: values.json });
}

async function again(target: FuzzTarget, input: Uint8Array<ArrayBuffer>): Promise<number> {
  const verdict = await judge(target, input);
  console.log(JSON.stringify({ target: target.name, bytes: input.length, ...verdict }));
  try {
    await target.run(input.slice());
  } catch (error) {
    console.error(error);
  }
  return verdict.kind === "fine" ? 0 : 1;
}

interface LongRun {
  readonly inputs: number;
  readonly first: number;
  readonly seed: string;
  readonly isJson: boolean;
}

async function longRun(targets: readonly FuzzTarget[], { inputs, first, seed, isJson }: LongRun): Promise<number> {
  const threads = availableParallelism();
  const onTarget = (name: string, campaign: Campaign): void => {
    console.log(isJson ? JSON.stringify(row(name, seed, campaign)) : line(name, campaign));
    for (const finding of campaign.findings) console.error(words(finding));
  };
  const results = await runCrew({ targets, seed, inputs, first, threads, onTarget });
  const found = [...results.values()].reduce((sum, { findings }) => sum + findings.length, 0);
  if (targets.length === TARGETS.length && inputs >= DEFAULT_INPUTS) {
    const bytes = [...results.values()].reduce((sum, campaign) => sum + campaign.bytes, 0);
    const figures = { parsers: targets.length, "inputs a parser": inputs, bytes, findings: found };
    const command = `npm run proof -- fuzz --inputs ${inputs} --first ${first} --seed ${seed}`;
    recordFigures(ROOT, "fuzz", { at: Date.now(), command, figures });
  }
  if (!isJson) console.log(`${targets.length} targets, ${inputs} inputs each, seed ${seed}: ${found} findings`);
  return found === 0 ? 0 : 1;
}

/** One target's figures, for programs. */
function row(target: string, seed: string, { inputs, bytes, outcomes, cpuMs, heapBytes, findings }: Campaign): object {
  return {
    target,
    seed,
    inputs,
    bytes,
    outcomes,
    cpuMs,
    heapBytes,
    findings: findings.map((finding) => ({ ...finding, input: base64(finding) })),
  };
}

function line(name: string, { inputs, bytes, cpuMs, heapBytes, outcomes, findings }: Campaign): string {
  const taken = `${(((outcomes["taken"] ?? 0) / Math.max(1, inputs)) * 100).toFixed(0)} % taken`;
  return [
    name.padEnd(20),
    `${inputs} inputs`.padStart(16),
    `${(bytes / 1e6).toFixed(1)} MB`.padStart(12),
    `${cpuMs.value.toFixed(1)} ms at ${cpuMs.index}`.padStart(22),
    `${(heapBytes.value / 2 ** 20).toFixed(1)} MiB`.padStart(10),
    taken.padStart(12),
    findings.length === 0 ? "" : `  ${findings.length} FOUND`,
  ].join(" ");
}

function words(finding: Finding): string {
  const { target, kind, words: what, seed, index } = finding;
  return `${target}: ${kind}: ${what}
  input: ${base64(finding)}
  npm run proof -- fuzz --target ${target} --seed ${seed} --at ${index}`;
}

function base64({ input }: Finding): string {
  return Buffer.from(input).toString("base64");
}

// `npm run proof -- mutants [--claim S1] [--id words] [--jobs N] [--json] [--list]`: takes each rule out, one at a time,
// and demands that its proof fails. Exit code 1 when one survives, or is broken and proves nothing.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordFigures } from "../figures.ts";
import type { FailingTest, Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { runSim, runTest, runTests, type ProofRun } from "./run-proof.ts";
import { Tree } from "./tree.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** What became of one mutant. `broken`: it says nothing about the rule. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly verdict: "caught" | "survived" | "broken";
  readonly why: string;
  readonly tookMs: number;
}

/** The command; answers its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      claim: { type: "string", multiple: true },
      id: { type: "string", multiple: true },
      jobs: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const { claim, id, json } = values;
  const chosen = MUTANTS.filter(
    (mutant) =>
      (claim === undefined || claim.includes(mutant.claim)) &&
      (id === undefined || id.some((words) => mutant.id.includes(words))),
  );
  if (values.list) {
    for (const mutant of chosen) console.log(`${mutant.id}  ${mutant.rule}`);
    return 0;
  }
  if (chosen.length === 0) {
    console.error("no such mutant");
    return 2;
  }
  const verdicts = await judgeAll(chosen, Number(values.jobs), (verdict) => console.log(lineOf(verdict, json)));
  const count = (what: Verdict["verdict"]): number => verdicts.filter(({ verdict }) => verdict === what).length;
  const figures = { mutants: verdicts.length, caught: count("caught"), survived: count("survived") };
  if (!json) console.log(`${figures.caught} caught, ${figures.survived} survived, ${count("broken")} broken`);
  if (chosen.length === MUTANTS.length && count("broken") === 0) {
    recordFigures(ROOT, "mutants", { at: Date.now(), command: "npm run proof -- mutants", figures });
  }
  return figures.caught === verdicts.length ? 0 : 1;
}

/** Each lane has a tree of its own; what the trees are is over when it resolves, however it ends. */
async function judgeAll(
  mutants: readonly Mutant[],
  jobs: number,
  tell: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  const trees = Array.from({ length: Math.max(1, Math.min(jobs, mutants.length)) }, () => Tree.copyOf(ROOT));
  const ending = new AbortController();
  const { signal } = ending;
  const removeAll = (): void => {
    for (const tree of trees) tree.remove();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => {
      ending.abort();
      removeAll();
      process.exit(1);
    });
  }
  const verdicts: Verdict[] = [];
  try {
    const [first] = trees;
    const wrong = first === undefined ? new Map<string, ProofRun>() : await wrongWithout(first, mutants, signal);
    const waiting = [...mutants];
    await Promise.all(
      trees.map(async (tree) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const verdict = await judge(tree, next, wrong, signal);
          verdicts.push(verdict);
          tell(verdict);
        }
      }),
    );
  } finally {
    removeAll();
  }
  return verdicts;
}

/** The tests that do not even pass with every rule in place: no failure of theirs says anything. */
async function wrongWithout(
  tree: Tree,
  mutants: readonly Mutant[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProofRun>> {
  const tests = new Map(mutants.flatMap((mutant) => ("test" in mutant ? [[keyOf(mutant.test), mutant.test]] : [])));
  const list = [...tests.values()];
  const ends = list.length === 0 ? [] : await runTests(tree.folder, list, signal);
  const wrong = new Map<string, ProofRun>();
  for (const [index, end] of ends.entries()) {
    const test = list[index];
    if (test !== undefined && end.end !== "passed") wrong.set(keyOf(test), end);
  }
  return wrong;
}

async function judge(
  tree: Tree,
  mutant: Mutant,
  wrong: ReadonlyMap<string, ProofRun>,
  signal: AbortSignal,
): Promise<Verdict> {
  const startedAt = performance.now();
  const say = (verdict: Verdict["verdict"], why: string): Verdict => ({
    ...{ mutant, verdict, why: firstLine(why) },
    tookMs: performance.now() - startedAt,
  });
  const before = "test" in mutant ? wrong.get(keyOf(mutant.test)) : undefined;
  if (before !== undefined) return say("broken", `its test is ${before.end} without it: ${before.words}`);
  let restore: () => void;
  try {
    restore = tree.mutate(mutant);
  } catch (error) {
    return say("broken", error instanceof Error ? error.message : String(error));
  }
  try {
    const { end, words } =
      "test" in mutant
        ? await runTest(tree.folder, mutant.test, signal)
        : await runSim(tree.folder, mutant.sim, signal);
    if (end === "passed") return say("survived", "its proof passes");
    if (end === "failed" || (end === "hung" && mutant.mayHang === true)) return say("caught", words);
    return say("broken", `its proof is ${end}: ${words}`);
  } finally {
    restore();
  }
}

function keyOf({ file, name }: FailingTest): string {
  return `${file} ${name}`;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]?.slice(0, 160) ?? "";
}

function lineOf({ mutant, verdict, why, tookMs }: Verdict, json: boolean): string {
  const { id, claim, rule } = mutant;
  if (json) return JSON.stringify({ id, claim, verdict, why, tookMs: Math.round(tookMs) });
  const seconds = `${(tookMs / 1000).toFixed(1)} s`.padStart(7);
  const line = `${verdict.padEnd(8)} ${seconds}  ${id.padEnd(34)} ${rule}`;
  return verdict === "caught" ? line : `${line}\n${" ".repeat(18)} ${why}`;
}

// `npm test`: format, structure, lint, types and tests, in one command. Ends with one line: "N passed, N failed".
// Arguments go to vitest as path filters; the other parts always run. With `--long` first, the long tests and nothing else.
import { join, relative } from "node:path";
import { ensureBuilt } from "../embedded/build.ts";
import { findOrInstallChromium } from "./chromium.ts";
import { checkDocComments } from "./doc-comments.ts";
import { E2E_PROJECT, LONG_PROJECT, PROOF_PROJECT } from "./projects.ts";
import { listPaths, readSources } from "./source-files.ts";
import { runStep, tool } from "./steps.ts";
import { checkFile, checkNames } from "./structure.ts";
import { runTests } from "./test-run.ts";

const root = join(import.meta.dirname, "..", "..");

async function checkStructure(): Promise<string[]> {
  const paths = await listPaths(root);
  const files = await readSources(root, paths);
  return [...checkNames(paths), ...files.flatMap(checkFile), ...checkDocComments(files)];
}

async function bringChromium(): Promise<string[]> {
  await findOrInstallChromium();
  return [];
}

/** Before the tests: two runs of them side by side must not build one folder. */
async function build(): Promise<string[]> {
  await ensureBuilt(["worker", "web"]);
  return [];
}

// Two lanes for two cores. The order inside a lane is the order in which a mistake is cheapest to see.
async function runStatic(): Promise<number> {
  const lanes = [
    async () => [
      await runStep("format", tool(root, "oxfmt/bin/oxfmt", ["--check", "."])),
      await runStep("structure", checkStructure),
      await runStep("browser", bringChromium),
    ],
    async () => [
      await runStep("types", tool(root, "typescript/bin/tsc", ["-b", "--pretty", "false"])),
      await runStep("lint", tool(root, "oxlint/bin/oxlint", ["--deny-warnings", "--format=unix"])),
      await runStep("build", build),
    ],
  ];
  const results = await Promise.all(lanes.map((lane) => lane()));
  return results.flat().filter((result) => !result.isOk).length;
}

const [first, ...more] = process.argv.slice(2);
const isLong = first === "--long";
const failedSteps = isLong ? Number(!(await runStep("browser", bringChromium)).isOk) : await runStatic();
// What computes and what waits, side by side: three lanes leave little of two cores idle.
const APART = [E2E_PROJECT, PROOF_PROJECT];
const lanes = isLong
  ? [[LONG_PROJECT]]
  : [[LONG_PROJECT, ...APART].map((name) => `!${name}`), ...APART.map((name) => [name])];
const filters = isLong ? more : process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const failures: string[] = [];
const leftovers: string[] = [];
for (const run of await Promise.all(lanes.map((projects) => runTests(root, { projects, filters })))) {
  counts.passed += run.counts.passed;
  counts.failed += run.counts.failed;
  failures.push(...run.counts.names);
  leftovers.push(...run.leftovers);
}
const leftBehind = await runStep("nothing left behind", () => Promise.resolve(leftovers));
// Nothing run is nothing proven.
const missing = counts.passed + counts.failed === 0 ? 1 : 0;
const failed = counts.failed + missing + failedSteps + (leftBehind.isOk ? 0 : 1);
// Once more, where a reader of a long output looks first.
for (const name of failures) console.log(`FAILED ${relative(root, name)}`);
console.log(`${counts.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

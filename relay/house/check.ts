// `npm test`: format, structure, lint, types and tests, in one command. Ends with one line: "N passed, N failed".
// Arguments go to vitest as path filters; the other parts always run. With `--long` first, the long tests and nothing else.
import { join } from "node:path";
import { findOrInstallChromium } from "./chromium.ts";
import { checkDocComments } from "./doc-comments.ts";
import { LONG_PROJECT } from "./long-project.ts";
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

// Two lanes for two cores. The order inside a lane is the order in which a mistake is cheapest to see.
async function runStatic(): Promise<number> {
  const lanes = [
    async () => [
      await runStep(
        "format",
        tool(root, "prettier/bin/prettier.cjs", [
          "--check",
          "--log-level=warn",
          "--cache",
          "--cache-location=.out/prettier",
          ".",
        ]),
      ),
      await runStep("structure", checkStructure),
      await runStep("browser", bringChromium),
    ],
    async () => [
      await runStep("types", tool(root, "typescript/bin/tsc", ["-b", "--pretty", "false"])),
      await runStep("lint", tool(root, "oxlint/bin/oxlint", ["--deny-warnings", "--format=unix"])),
    ],
  ];
  const results = await Promise.all(lanes.map((lane) => lane()));
  return results.flat().filter((result) => !result.isOk).length;
}

const [first, ...more] = process.argv.slice(2);
const isLong = first === "--long";
const failedSteps = isLong ? Number(!(await runStep("browser", bringChromium)).isOk) : await runStatic();
const choice = isLong
  ? { project: LONG_PROJECT, filters: more }
  : { project: `!${LONG_PROJECT}`, filters: process.argv.slice(2) };
const { counts, leftovers } = await runTests(root, choice);
const leftBehind = await runStep("nothing left behind", () => Promise.resolve(leftovers));
const failed = counts.failed + failedSteps + (leftBehind.isOk ? 0 : 1);
console.log(`${counts.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

// `npm run test:agents`: installs the pinned agent programs into a cache folder and runs the tests that drive them against
// a scripted provider on loopback. Ends with one line `N passed, N failed`; exit code 1 when one failed or none ran.
import { join } from "node:path";
import { startVitest } from "vitest/node";
import { CLAUDE_VERSION, installClaude } from "./claude-cli.ts";

process.stdout.write(`claude ${CLAUDE_VERSION}: ${await installClaude()}\n`);

const root = join(import.meta.dirname, "..", "..");
const vitest = await startVitest("test", process.argv.slice(2), {
  root,
  config: join(import.meta.dirname, "agents.vitest.config.ts"),
  watch: false,
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0).length;
const failed = count("failed") + broken + vitest.state.getUnhandledErrors().length;
await vitest.close();
process.stdout.write(`${count("passed")} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || count("passed") === 0 ? 1 : 0;

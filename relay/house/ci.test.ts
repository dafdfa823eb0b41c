import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = join(import.meta.dirname, "..", "..", ".ci", "run");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kelpie-ci-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const runs: [what: string, test: string, agents: string, sum: string, code: number][] = [
  ["adds up what all parts count", "echo '12 passed, 0 failed'", "echo '3 passed, 0 failed'", "19 passed, 0 failed", 0],
  [
    "fails when one part has a failure",
    "echo '12 passed, 2 failed'; exit 1",
    "echo '3 passed, 0 failed'",
    "19 passed, 2 failed",
    1,
  ],
  [
    "a part that ends without counting is a failure",
    "echo oops; exit 1",
    "echo '3 passed, 0 failed'",
    "7 passed, 1 failed",
    1,
  ],
  [
    "a part that fails but counts none is a failure",
    "echo '12 passed, 0 failed'; exit 3",
    "echo '3 passed, 0 failed'",
    "19 passed, 1 failed",
    1,
  ],
  [
    "only the last count of a part is its sum",
    "echo '9 passed, 9 failed'; echo '1 passed, 0 failed'",
    "echo '1 passed, 0 failed'",
    "6 passed, 0 failed",
    0,
  ],
];

test.each(runs)("%s", async (_what, testPart, agentsPart, sum, code) => {
  // Stands in for npm: `npm test`, `npm run test:long` and `npm run test:agents`.
  const parts = `test) ${testPart};; "run test:long") echo '4 passed, 0 failed';; *) ${agentsPart};;`;
  await writeFile(join(folder, "npm"), `#!/bin/sh\ncase "$*" in ${parts} esac\n`);
  await chmod(join(folder, "npm"), 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };

  const result = await new Promise<{ code: number; stdout: string }>((resolve) => {
    execFile("bash", [script], { env }, (error, stdout) => resolve({ code: Number(error?.code ?? 0), stdout }));
  });

  expect(result.stdout.trimEnd().split("\n").at(-1)).toBe(sum);
  expect(result.code).toBe(code);
});

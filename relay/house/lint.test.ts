import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

const wrong = {
  "no-floating-promises": "export function a(work: () => Promise<void>) {\n  work();\n}\n",
  "switch-exhaustiveness-check":
    'export function a(x: "one" | "two") {\n  switch (x) {\n    case "one":\n      return 1;\n  }\n  return 0;\n}\n',
  "no-explicit-any": "export const a: any = 1;\n",
  "no-empty": "export function a(work: () => void) {\n  try {\n    work();\n  } catch {}\n}\n",
  "no-non-null-assertion": "export const a = (x?: string) => x!;\n",
  "consistent-type-imports": 'import { B } from "./b.ts";\nexport const a = (b: B) => b;\n',
  "no-cycle": 'import { d } from "./d.ts";\nexport const c = () => d();\n',
  "no-default-export": "export default 1;\n",
  "max-lines": "export {};\n".repeat(401),
  "max-lines-per-function": `export function a() {\n${"  console.log(1);\n".repeat(80)}}\n`,
} as const;

let folder: string;
let output: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kelpie-lint-"));
  await writeFile(join(folder, "b.ts"), "export interface B {\n  b: string;\n}\n");
  await writeFile(join(folder, "d.ts"), 'import { c } from "./no-cycle.ts";\nexport const d = (): unknown => c();\n');
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), include: ["*.ts"] }),
  );
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const [rule, source] of Object.entries(wrong)) await writeFile(join(folder, `${rule}.ts`), source);
  output = await new Promise((resolve) => {
    const script = join(root, "node_modules", "oxlint", "bin", "oxlint");
    const args = [script, "--config", join(root, ".oxlintrc.json"), "--format=unix", "."];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each(Object.keys(wrong))("the linter refuses what %s forbids", (rule) => {
  const reports = output.split("\n").filter((line) => line.includes(`${rule}.ts:`));

  expect(reports.join("\n")).toContain(`(${rule})`);
});

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

const wrong = [
  ["window does not compile in the relay", "relay", "export const width: number = window.innerWidth;", "'window'"],
  ["document does not compile in the Worker", "worker", "export const title: string = document.title;", "'document'"],
  ["process does not compile in the web app", "web", "export const home = process.env.HOME;", "'process'"],
  [
    "a Durable Object does not compile in the web app",
    "web",
    "export type X = DurableObjectState;",
    "'DurableObjectState'",
  ],
  ["process does not compile in the schema", "schema", "export const home = process.env.HOME;", "'process'"],
  ["window does not compile in the schema", "schema", "export const width: number = window.innerWidth;", "'window'"],
] as const;

// Compiled together with the folder's own files: a type package that one of them drags in would make the name known.
test.each(wrong)("%s", async (_name, folder, source, unknownName) => {
  const output = await compileWith(folder, source);

  expect(output).toMatch(/wrong\.ts\(1,\d+\): error TS2(?:304|580|584|591)/);
  expect(output).toContain(unknownName);
});

test("what the platform has does compile, so that the tests above can fail for one reason only", async () => {
  const output = await compileWith("relay", "export const home = process.env['HOME'];");

  expect(output).not.toContain("wrong.ts");
});

async function compileWith(folder: string, source: string): Promise<string> {
  const temporary = await mkdtemp(join(tmpdir(), "kelpie-compile-"));
  folders.push(temporary);
  await writeFile(join(temporary, "wrong.ts"), `${source}\n`);
  await writeFile(join(temporary, "package.json"), `{ "type": "module" }`);
  const config = {
    extends: join(root, folder, "tsconfig.json"),
    compilerOptions: {
      rootDir: "/",
      composite: false,
      emitDeclarationOnly: false,
      noEmit: true,
      typeRoots: [join(root, "node_modules", "@types"), join(root, "node_modules")],
    },
    files: [join(temporary, "wrong.ts")],
    references: [],
  };
  await writeFile(join(temporary, "tsconfig.json"), JSON.stringify(config));
  return new Promise((resolve) => {
    const args = [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", temporary, "--pretty", "false"];
    execFile(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });
}

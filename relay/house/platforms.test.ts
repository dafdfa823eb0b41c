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

/** Lines that must not compile in a folder, with the name that is unknown there. */
const WRONG = {
  relay: [["export const width: number = window.innerWidth;", "'window'"]],
  worker: [["export const title: string = document.title;", "'document'"]],
  web: [
    ["export const home = process.env.HOME;", "'process'"],
    ["export type X = DurableObjectState;", "'DurableObjectState'"],
  ],
  schema: [
    ["export const home = process.env.HOME;", "'process'"],
    ["export const width: number = window.innerWidth;", "'window'"],
  ],
} as const;
/** What the platform has, so that the lines above can fail for one reason only. */
const RIGHT = "export const time: number = Date.now();";

// Compiled together with the folder's own files: a type package that one of them drags in would make the name known.
test.each(Object.entries(WRONG))("another platform's names do not compile in %s", async (folder, lines) => {
  const output = await compileWith(folder, [...lines.map(([source]) => source), RIGHT]);

  for (const [index, [, unknownName]] of lines.entries()) {
    const found = output.split("\n").find((line) => line.includes(`probe-${index}.ts(1,`));
    expect(found).toMatch(/error TS2(?:304|580|584|591)/);
    expect(found).toContain(unknownName);
  }
  expect(output).not.toContain(`probe-${lines.length}.ts`);
});

async function compileWith(folder: string, sources: readonly string[]): Promise<string> {
  const temporary = await mkdtemp(join(tmpdir(), "kelpie-compile-"));
  folders.push(temporary);
  const files = sources.map((_, index) => join(temporary, `probe-${index}.ts`));
  for (const [index, file] of files.entries()) await writeFile(file, `${sources[index] ?? ""}\n`);
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
    files,
    references: [],
  };
  await writeFile(join(temporary, "tsconfig.json"), JSON.stringify(config));
  return new Promise((resolve) => {
    const args = [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", temporary, "--pretty", "false"];
    execFile(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });
}

// What the page and its thread fetch at first, from a built folder: `node web/test/first-load.ts <folder>` prints it.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** Compressed sizes of the first load, in bytes. */
export interface FirstLoad {
  readonly files: readonly { readonly name: string; readonly gzipBytes: number; readonly brotliBytes: number }[];
  readonly script: { readonly gzipBytes: number; readonly brotliBytes: number };
  readonly all: { readonly gzipBytes: number; readonly brotliBytes: number };
}

/** Follows the page's own scripts and styles and what they import at once; what is imported later does not count. */
export async function firstLoad(folder: string): Promise<FirstLoad> {
  const page = await readFile(join(folder, "index.html"));
  const assets = await readdir(join(folder, "assets"));
  const wanted = [...page.toString("utf8").matchAll(/\/assets\/([\w.-]+)/gu)].flatMap(([, name]) => name ?? []);
  wanted.push(...assets.filter((name) => name.startsWith("thread-")));
  const files: { name: string; gzipBytes: number; brotliBytes: number }[] = [measure("index.html", page)];
  const seen = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const bytes = await readFile(join(folder, "assets", name));
    files.push(measure(name, bytes));
    if (!name.endsWith(".js")) continue;
    const imports = bytes.toString("utf8").matchAll(/(?:from|import)\s*["']\.\/([\w.-]+)["']/gu);
    wanted.push(...[...imports].flatMap(([, each]) => each ?? []));
  }
  return { files, script: sum(files.filter(({ name }) => name.endsWith(".js"))), all: sum(files) };
}

function measure(name: string, bytes: Buffer): FirstLoad["files"][number] {
  return { name, gzipBytes: gzipSync(bytes, { level: 9 }).length, brotliBytes: brotliCompressSync(bytes).length };
}

function sum(files: FirstLoad["files"]): FirstLoad["all"] {
  return {
    gzipBytes: files.reduce((total, file) => total + file.gzipBytes, 0),
    brotliBytes: files.reduce((total, file) => total + file.brotliBytes, 0),
  };
}

const [, program, folder] = process.argv;
if (program === import.meta.filename && folder !== undefined)
  console.log(JSON.stringify(await firstLoad(folder), null, 2));

// The repository's own files, for the checks that read them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One source file: `path` is relative to the root, with forward slashes; `code` has its comments blanked out. */
export interface SourceFile {
  path: string;
  text: string;
  code: string;
}

const SKIPPED = new Set(["node_modules", ".out", ".vitest", ".git"]);
const SOURCE = /\.(?:ts|tsx|mjs)$/;

/** Every file and folder below `root` that is ours, folders with a trailing slash; sorted. */
export async function listPaths(root: string, under = ""): Promise<string[]> {
  const entries = await readdir(join(root, under), { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    if (SKIPPED.has(entry.name)) continue;
    const path = `${under}${entry.name}`;
    if (entry.isDirectory()) paths.push(`${path}/`, ...(await listPaths(root, `${path}/`)));
    else paths.push(path);
  }
  return paths.sort();
}

/** Reads those of `paths` that are source. */
export async function readSources(root: string, paths: readonly string[]): Promise<SourceFile[]> {
  const sources = paths.filter((path) => SOURCE.test(path));
  return Promise.all(sources.map(async (path) => toSource(path, await readFile(join(root, path), "utf8"))));
}

/** Makes a source of a text, as `readSources` does of a file. */
export function toSource(path: string, text: string): SourceFile {
  return { path, text, code: blankComments(text) };
}

// Good enough for checks by pattern: a comment opener inside a string hides at worst the rest of that string.
function blankComments(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, " ");
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|[\s;{}(,])\/\/[^\n]*/g, blank);
}

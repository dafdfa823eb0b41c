// A project's files on this machine, as program-files.ts reads them.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type Bytes } from "../../schema/index.ts";
import { findRepository, type Repository } from "../git/repository.ts";
import type { ProjectFiles } from "./program-files.ts";

/** Folders below a listed one; deeper is not looked at. */
const MAX_DEPTH = 5;
/** Never looked into: what is installed there is started by a file that is listed. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/**
 * Entries looked at and bytes read for one list. Links are followed, as an agent follows them, and one of them may lead to
 * the whole disk.
 */
const ENTRIES_MAX = 5_000;
const READ_BYTES_MAX = 32 * 1024 * 1024;

interface Budget {
  entries: number;
  bytes: number;
}

/**
 * A reader for one list of the working tree at `root`. In a worktree ".git/config" is the repository's own, as git reads it.
 * Both calls throw E_SIZE, in words, when there is more than a person could judge: what is left out could start a program.
 */
export async function openProjectFiles(root: string): Promise<ProjectFiles> {
  const repository = await findRepository(root);
  const budget: Budget = { entries: ENTRIES_MAX, bytes: READ_BYTES_MAX };
  const locate = (path: string): string | null =>
    path.startsWith(".git/") ? inGit(repository, path) : join(root, path);
  return {
    read: async (path) => {
      const place = locate(path);
      return place === null ? null : readBytes(place, path, budget);
    },
    list: async (folder) => {
      const place = locate(folder);
      return place === null ? [] : (await walk(place, folder, { depth: MAX_DEPTH, budget })).sort();
    },
  };
}

function inGit(repository: Repository | null, path: string): string | null {
  if (repository === null) return null;
  const rest = path.slice(".git/".length);
  return join(rest === "config.worktree" ? repository.gitDir : repository.commonDir, rest);
}

async function readBytes(place: string, path: string, budget: Budget): Promise<Bytes | null> {
  const found = await stat(place).catch(() => null); // absent, or not ours to see
  // A device or a pipe never ends; nothing takes its settings from one.
  if (found?.isFile() !== true) return null;
  budget.bytes -= found.size;
  if (budget.bytes < 0) throw tooMuch(`${path} and what else can start programs there is too large to look at`);
  try {
    return new Uint8Array(await readFile(place));
  } catch {
    // Not readable by us: then not by an agent of ours either.
    return null;
  }
}

async function walk(
  place: string,
  folder: string,
  { depth, budget }: { readonly depth: number; readonly budget: Budget },
): Promise<string[]> {
  // No such folder is the ordinary case.
  const names = await readdir(place).catch((): string[] => []);
  budget.entries -= names.length;
  if (budget.entries < 0) throw tooMuch(`${folder} holds more files than can be looked at`);
  const paths: string[] = [];
  // One after the other: what is too much must be noticed before it is all read.
  for (const name of names.filter((candidate) => !SKIPPED.has(candidate))) {
    const path = `${folder}/${name}`;
    // stat follows links, as the agent will; a dangling one starts nothing.
    const found = await stat(join(place, name)).catch(() => null);
    if (found?.isFile() === true) paths.push(path);
    if (found?.isDirectory() !== true || depth <= 1) continue;
    paths.push(...(await walk(join(place, name), path, { depth: depth - 1, budget })));
  }
  return paths;
}

function tooMuch(reason: string): AppError {
  return new AppError("E_SIZE", { reason });
}

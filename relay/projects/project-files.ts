// A project's files on this machine, as program-files.ts reads them.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes } from "../../schema/index.ts";
import { findRepository, type Repository } from "../git/repository.ts";
import type { ProjectFiles } from "./program-files.ts";

/** Folders below a listed one; deeper is not looked at. */
const MAX_DEPTH = 5;
/** Never looked into: what is installed there is started by a file that is listed. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/** A reader for the working tree at `root`. In a worktree ".git/config" is the repository's own, as git reads it. */
export async function openProjectFiles(root: string): Promise<ProjectFiles> {
  const repository = await findRepository(root);
  const locate = (path: string): string | null =>
    path.startsWith(".git/") ? inGit(repository, path) : join(root, path);
  return {
    read: async (path) => {
      const place = locate(path);
      return place === null ? null : readBytes(place);
    },
    list: async (folder) => {
      const place = locate(folder);
      return place === null ? [] : (await walk(place, folder, MAX_DEPTH)).sort();
    },
  };
}

function inGit(repository: Repository | null, path: string): string | null {
  if (repository === null) return null;
  const rest = path.slice(".git/".length);
  return join(rest === "config.worktree" ? repository.gitDir : repository.commonDir, rest);
}

async function readBytes(path: string): Promise<Bytes | null> {
  try {
    return new Uint8Array(await readFile(path));
  } catch {
    // Absent, a folder, or not readable by us: then not by an agent of ours either.
    return null;
  }
}

async function walk(place: string, folder: string, depth: number): Promise<string[]> {
  // No such folder is the ordinary case.
  const names = await readdir(place).catch((): string[] => []);
  const nested = await Promise.all(
    names
      .filter((name) => !SKIPPED.has(name))
      .map(async (name) => {
        const path = `${folder}/${name}`;
        // stat follows links, as the agent will; a dangling one starts nothing.
        const found = await stat(join(place, name)).catch(() => null);
        if (found === null) return [];
        if (!found.isDirectory()) return found.isFile() ? [path] : [];
        return depth > 1 ? walk(join(place, name), path, depth - 1) : [];
      }),
  );
  return nested.flat();
}

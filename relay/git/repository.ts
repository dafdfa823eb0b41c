// Where git keeps its things for a folder, read from files alone: no program runs, so it is safe in any repository.
import { lstat, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The files read here hold one line each. */
const TEXT_BYTES_MAX = 64 * 1024;

/** A working tree and its git folders (the same one but in a worktree). */
export interface Repository {
  /** Top folder of the working tree. */
  readonly top: string;
  /** HEAD and the index of this working tree. */
  readonly gitDir: string;
  /** Configuration, hooks and objects of all its working trees. */
  readonly commonDir: string;
}

/** The repository a folder is in; null when it is in none. */
export async function findRepository(path: string): Promise<Repository | null> {
  for (let top = resolve(path); ; top = dirname(top)) {
    const gitDir = await gitDirAt(top);
    if (gitDir !== null) {
      const common = (await readText(join(gitDir, "commondir")))?.trim();
      return { top, gitDir, commonDir: common ? resolve(gitDir, common) : gitDir };
    }
    if (dirname(top) === top) return null;
  }
}

/** Name of the branch checked out there; the short hash when none is; undefined when it cannot be told. */
export async function readBranch({ gitDir }: Pick<Repository, "gitDir">): Promise<string | undefined> {
  const head = (await readText(join(gitDir, "HEAD")))?.trim();
  if (head === undefined) return undefined;
  const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1];
  // With the reftable format HEAD only holds a placeholder.
  if (branch !== undefined) return branch === ".invalid" ? undefined : branch;
  return /^[0-9a-f]{40,64}$/.test(head) ? head.slice(0, 8) : undefined;
}

async function gitDirAt(top: string): Promise<string | null> {
  const path = join(top, ".git");
  const found = await stat(path).catch(() => null); // no such thing: look further up
  if (found === null) return null;
  const target = found.isFile() ? /^gitdir: (.+)$/m.exec((await readText(path)) ?? "")?.[1]?.trim() : undefined;
  const gitDir = target === undefined ? path : resolve(top, target);
  // A link counts, also one that leads nowhere yet: to git it names the branch (validate_headref in its path.c).
  const head = await lstat(join(gitDir, "HEAD")).catch(() => null); // no HEAD: no repository
  return head === null ? null : gitDir;
}

async function readText(path: string): Promise<string | undefined> {
  // Absent, a folder, a device, or not ours to read: all mean that it says nothing.
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true || found.size > TEXT_BYTES_MAX) return undefined;
  return readFile(path, "utf8").catch(() => undefined);
}

// The working trees of a repository: list them, add one on a branch of its own.
import { AppError } from "../../schema/index.ts";
import type { RunGit } from "./run-git.ts";

/** One working tree; the first of a list is the main checkout. */
export interface Worktree {
  readonly path: string;
  readonly branch?: string;
}

/** Names of branches that travel (protocol 8): no option, no revision syntax. */
const REF = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

/** True for a branch name that may be given to git; git itself refuses some of them still. */
export function isBranchName(name: string): boolean {
  return REF.test(name) && !name.includes("..") && !name.includes(".lock") && !name.endsWith("/");
}

/** Working trees whose folder exists, the main checkout first. */
export async function listWorktrees(run: RunGit, cwd: string): Promise<readonly Worktree[]> {
  const listing = await run(cwd, ["worktree", "list", "--porcelain", "-z"]);
  return listing.split("\0\0").flatMap((block) => parseWorktree(block.split("\0")));
}

function parseWorktree(lines: readonly string[]): Worktree[] {
  const value = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const path = value("worktree");
  if (path === undefined || lines.some((line) => line === "bare" || line.startsWith("prunable"))) return [];
  const branch = value("branch")?.replace(/^refs\/heads\//, "");
  return [{ path, ...(branch === undefined ? {} : { branch }) }];
}

/**
 * Adds a working tree at `path` on `branch`, made from HEAD when there is none of that name. E_SCHEMA for a name that is
 * no branch's, E_GIT with git's words otherwise (for one that is checked out elsewhere, say).
 */
export async function addWorktree(
  run: RunGit,
  { cwd, path, branch }: { readonly cwd: string; readonly path: string; readonly branch: string },
): Promise<void> {
  if (!isBranchName(branch)) throw new AppError("E_SCHEMA", { reason: "not a branch name", branch });
  const exists = await run(cwd, ["for-each-ref", "--format=%(refname)", `refs/heads/${branch}`]);
  const isThere = exists.split("\n").includes(`refs/heads/${branch}`);
  await run(cwd, isThere ? ["worktree", "add", "--", path, branch] : ["worktree", "add", "-b", branch, "--", path]);
}

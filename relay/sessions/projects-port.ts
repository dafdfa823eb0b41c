// What sessions ask of the projects: where to work, and whether that place is trusted.
import type { RootId } from "../../schema/index.ts";

/** A working tree that a session can start in. */
export interface Workspace {
  readonly root: RootId;
  /** Name of the project. */
  readonly project: string;
  /** Absolute path, links resolved. */
  readonly path: string;
  /** Top folder of the git working tree it is in; the path itself outside of git. */
  readonly tree: string;
}

export interface ProjectsPort {
  /** E_NOT_FOUND for a root that is not registered, or whose folder is gone. */
  workspace(root: RootId): Promise<Workspace>;
  /** E_POLICY, with `data.next`, `data.root` and `data.digest`, when something in it can start a program and nobody trusted that. */
  requireTrust(root: RootId): Promise<void>;
  /** A new worktree of the root's project on that branch. E_GIT with git's words, E_SCHEMA for no branch name. */
  addWorktree(root: RootId, branch: string): Promise<Workspace>;
}

// The registry of projects and their worktrees: which folders Kelpie works in, what they are called, whether they are
// trusted; and the documents that tell so. It runs git only through RunGit, and only where nothing asks for trust.
import { randomBytes } from "node:crypto";
import { mkdir, realpath, stat } from "node:fs/promises";
import { basename, join, parse, relative, sep } from "node:path";
import {
  AppError,
  type Hash,
  isAppError,
  MACHINE_SESSION,
  NAME_CHARS,
  type ProjectsDoc,
  randomId,
  type RootId,
  TRUST_DOC_PREFIX,
  type WorkspacesDoc,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { kelpie } from "../command-name.ts";
import { findRepository, readBranch } from "../git/repository.ts";
import type { RunGit } from "../git/run-git.ts";
import { addWorktree, isBranchName, listWorktrees } from "../git/worktrees.ts";
import type { DocumentStore } from "../journal/ports.ts";
import { listPrograms, type ProgramList } from "./program-files.ts";
import { openProjectFiles } from "./project-files.ts";
import type { RootRow, RootRows } from "./root-rows.ts";
import { trustDocOf, type TrustState, trustState } from "./trust.ts";

export interface ProjectsOptions {
  readonly rows: RootRows;
  readonly docs: DocumentStore;
  readonly clock: Clock;
  readonly git: RunGit;
  /** Folders of the local policy below which a device may add projects; absolute, links resolved or not. */
  readonly projectFolders: () => readonly string[];
  /** False when local policy keeps trust to the machine itself. */
  readonly mayDevicesTrust: () => boolean;
  /** Where new worktrees go: `<folder>/<project>/<branch>`. */
  readonly worktreeFolder: string;
  /** Something failed that no command answers for. */
  readonly report: (error: unknown) => void;
}

/** Who asks; the console may do more than a device. */
export type Asker = "device" | "desk";

interface Look {
  readonly row: RootRow;
  readonly list: ProgramList;
  readonly trust: TrustState;
}

export class Projects {
  readonly #options: ProjectsOptions;
  /** The newest look; never rejects. */
  #looking: Promise<void> = Promise.resolve();
  /** The look that begins when that one is over. */
  #next: Promise<void> | undefined;

  constructor(options: ProjectsOptions) {
    this.#options = options;
  }

  /**
   * Registers a folder; the same one again is the same project. E_NOT_FOUND for no folder, E_POLICY for a device outside
   * the policy's folders.
   */
  async add(path: string, name: string | undefined, asker: Asker): Promise<{ root: RootId }> {
    const { rows, clock } = this.#options;
    const real = await realFolder(path);
    if (asker === "device") await this.#requireAllowed(real);
    const known = rows.at(real);
    if (known !== null && !known.isRemoved && known.project === null) return { root: known.root };
    const root = known?.root ?? randomId<RootId>();
    const wanted = name ?? (basename(real).slice(0, NAME_CHARS) || "project");
    rows.save({
      root,
      path: real,
      name: this.#freeName(wanted, root),
      project: null,
      trusted: known?.trusted ?? null,
      added: known?.added ?? clock.now(),
      isRemoved: false,
    });
    await this.refresh();
    return { root };
  }

  /** Takes a project (and its worktrees) off the list; touches no file, and what was trusted is forgotten. Idempotent. */
  async remove(root: RootId): Promise<void> {
    const { rows, docs } = this.#options;
    const row = rows.get(root);
    if (row === null) throw new AppError("E_NOT_FOUND", { reason: "no such project" });
    for (const gone of [row, ...rows.worktrees(root)]) {
      rows.save({ ...gone, trusted: null, isRemoved: true });
      await docs.put(MACHINE_SESSION, TRUST_DOC_PREFIX + gone.root, null);
    }
    await this.refresh();
  }

  /** Trusts exactly the list with this digest. E_DIGEST when the files are others by now (the new list is published). */
  async trust(root: RootId, digest: Hash, asker: Asker): Promise<void> {
    if (asker === "device" && !this.#options.mayDevicesTrust()) {
      throw new AppError("E_POLICY", {
        reason: "trust is given on the machine",
        next: `Run \`${kelpie("trust")}\` there.`,
      });
    }
    const look = await this.#look(this.#row(root));
    if (look.list.digest !== digest) {
      await this.refresh();
      throw new AppError("E_DIGEST", { reason: "the files have changed", next: "Look at them again." });
    }
    if (look.list.unfit !== undefined) {
      throw new AppError("E_POLICY", { reason: look.list.unfit, next: "Take out what is too much, then look again." });
    }
    this.#options.rows.save({ ...look.row, trusted: { digest, files: look.list.files } });
    await this.refresh();
  }

  /** A place to work in. E_NOT_FOUND when it is not registered or its folder is gone. */
  async workspace(root: RootId): Promise<{ root: RootId; project: string; path: string; tree: string }> {
    const row = this.#row(root);
    await realFolder(row.path);
    const project = row.project === null ? row : this.#row(row.project);
    const tree = (await findRepository(row.path))?.top ?? row.path;
    return { root, project: project.name, path: row.path, tree };
  }

  /** E_POLICY, saying what to do, when something there can start a program and nobody trusted that. Reads the files now. */
  async requireTrust(root: RootId): Promise<void> {
    const { row, list, trust } = await this.#look(this.#row(root));
    if (trust !== "asks") return;
    await this.refresh();
    throw new AppError("E_POLICY", {
      reason: `${row.name} holds files that can start programs, and they are not trusted`,
      next: `Look at its ${list.files.length === 1 ? "file" : "files"} and trust the project.`,
      root,
      digest: list.digest,
      files: list.files.slice(0, 20).map(({ path }) => path),
    });
  }

  /** See ProjectsPort. The root's project must be trusted: adding a worktree checks files out. */
  async addWorktree(root: RootId, branch: string): ReturnType<Projects["workspace"]> {
    if (!isBranchName(branch)) throw new AppError("E_SCHEMA", { reason: "not a branch name", branch });
    const found = this.#row(root);
    const main = found.project === null ? found : this.#row(found.project);
    await this.requireTrust(main.root);
    // A folder laid out like a bare repository is one to git, and its configuration was not looked at.
    if ((await findRepository(main.path)) === null) {
      throw new AppError("E_GIT", { reason: "this folder is no git repository", next: "Work in the folder itself." });
    }
    const path = await this.#freePath(main.name, branch);
    await addWorktree(this.#options.git, { cwd: main.path, path, branch });
    const row = this.#adopt(main, await realpath(path));
    await this.refresh();
    return { root: row.root, project: main.name, path: row.path, tree: row.path };
  }

  /** Branch checked out in a folder, by its files alone; undefined where there is none. Never throws. */
  async branchOf(path: string): Promise<string | undefined> {
    const repository = await findRepository(path);
    return repository === null ? undefined : readBranch(repository);
  }

  /**
   * Publishes "projects", "workspaces" and every "trust/<root>" as things are now, or later: resolves after a look that
   * began no earlier than this call. Calls that wait share one look.
   */
  refresh(): Promise<void> {
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      const look = this.#publishAll();
      // Who asked for it hears of a failure; the next look does not depend on it.
      this.#looking = look.catch(() => undefined);
      return look;
    });
    return this.#next;
  }

  async #publishAll(): Promise<void> {
    const { rows, docs } = this.#options;
    const hasGit = await this.#hasGit();
    const projects: ProjectsDoc["projects"] = [];
    const workspaces: WorkspacesDoc["workspaces"] = [];
    for (const row of rows.projects()) {
      const look = await this.#look(row);
      const isRepository = (await findRepository(row.path)) !== null;
      projects.push(await this.#projectEntry(look, { hasGit, isRepository }));
      await this.#publishTrust(look);
      if (hasGit && isRepository && look.trust !== "asks") await this.#findWorktrees(row);
      for (const tree of rows.worktrees(row.root)) {
        if ((await folderAt(tree.path)) === null) continue;
        const branch = await this.branchOf(tree.path);
        workspaces.push({ root: tree.root, project: row.root, path: tree.path, branch });
        await this.#publishTrust(await this.#look(tree));
      }
    }
    await docs.put(MACHINE_SESSION, "projects", { projects });
    await docs.put(MACHINE_SESSION, "workspaces", { workspaces });
  }

  async #projectEntry(
    { row, list, trust }: Look,
    { hasGit, isRepository }: { readonly hasGit: boolean; readonly isRepository: boolean },
  ): Promise<ProjectsDoc["projects"][number]> {
    const detail = !hasGit
      ? "There is no git on this machine: install it to work with branches and worktrees."
      : isRepository
        ? undefined
        : "This folder is no git repository.";
    return {
      root: row.root,
      name: row.name,
      path: row.path,
      branch: await this.branchOf(row.path),
      git: hasGit && isRepository,
      trust,
      ...(trust === "asks" ? { digest: list.digest } : {}),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  async #publishTrust({ row, list, trust }: Look): Promise<void> {
    const { docs } = this.#options;
    const doc = trust === "asks" ? trustDocOf(row.root, list, this.#trustedOf(row)) : null;
    const name = TRUST_DOC_PREFIX + row.root;
    if (doc !== null || docs.get(MACHINE_SESSION, name) != null) await docs.put(MACHINE_SESSION, name, doc);
  }

  /** Worktrees made elsewhere are workspaces too. */
  async #findWorktrees(main: RootRow): Promise<void> {
    try {
      const [, ...trees] = await listWorktrees(this.#options.git, main.path);
      for (const { path } of trees) {
        const real = await folderAt(path);
        if (real !== null && real !== main.path) this.#adopt(main, real);
      }
    } catch (error) {
      // The list stays as it was; the project is shown all the same.
      if (!isAppError(error)) throw error;
      this.#options.report(error);
    }
  }

  #adopt(main: RootRow, path: string): RootRow {
    const { rows, clock } = this.#options;
    const known = rows.at(path);
    // A worktree that somebody registered as a project of its own stays one.
    if (known !== null && !known.isRemoved) return known;
    const row: RootRow = {
      root: known?.root ?? randomId<RootId>(),
      path,
      name: basename(path),
      project: main.root,
      trusted: known?.trusted ?? null,
      added: clock.now(),
      isRemoved: false,
    };
    rows.save(row);
    return row;
  }

  async #look(row: RootRow): Promise<Look> {
    const list = await listPrograms(await openProjectFiles(row.path));
    if (row.project === null) return { row, list, trust: trustState(list, row.trusted, "project") };
    const own = trustState(list, row.trusted, "project");
    return { row, list, trust: own === "asks" ? trustState(list, this.#trustedOf(row), "worktree") : own };
  }

  /** What differences are measured against: a worktree that was never trusted itself is compared with its project. */
  #trustedOf(row: RootRow): RootRow["trusted"] {
    if (row.trusted !== null || row.project === null) return row.trusted;
    return this.#options.rows.get(row.project)?.trusted ?? null;
  }

  #row(root: RootId): RootRow {
    const row = this.#options.rows.get(root);
    if (row === null || row.isRemoved) throw new AppError("E_NOT_FOUND", { reason: "no such project" });
    return row;
  }

  async #requireAllowed(real: string): Promise<void> {
    const folders = await Promise.all(this.#options.projectFolders().map(folderAt));
    if (folders.some((folder) => folder !== null && isInside(folder, real))) return;
    throw new AppError("E_POLICY", {
      reason: "outside the folders this machine allows",
      next: `Add it on the machine: run \`${kelpie("up")}\` in that folder.`,
    });
  }

  #freeName(wanted: string, root: RootId): string {
    const taken = new Set(
      this.#options.rows
        .projects()
        .filter((row) => row.root !== root)
        .map(({ name }) => name),
    );
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted.slice(0, NAME_CHARS - 5)} ${count}`;
    return name;
  }

  async #freePath(project: string, branch: string): Promise<string> {
    const safe = (text: string): string => text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "") || "x";
    const folder = join(this.#options.worktreeFolder, safe(project));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, safe(branch));
    return (await folderAt(path)) === null ? path : `${path}-${randomBytes(3).toString("hex")}`;
  }

  async #hasGit(): Promise<boolean> {
    try {
      await this.#options.git(parse(this.#options.worktreeFolder).root, ["--version"]);
      return true;
    } catch (error) {
      if (isAppError(error)) return false;
      throw error;
    }
  }
}

async function realFolder(path: string): Promise<string> {
  const real = await folderAt(path);
  if (real === null) throw new AppError("E_NOT_FOUND", { reason: "no such folder" });
  return real;
}

/** The folder's path without links; null when there is none. */
async function folderAt(path: string): Promise<string | null> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : null;
  } catch {
    // Gone, or not ours to see: no folder to work in.
    return null;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith("/"));
}

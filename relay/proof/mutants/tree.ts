// A copy of the working tree to spoil: its own sources and builds, the same node_modules. Below .out, where neither the
// checks nor git look, and where Node finds the packages.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutant.ts";

/** What was built already, so that a mutant builds only what it changed. */
const BUILDS = ["worker", "worker.stamp", "web", "web.stamp", "compile-cache"];

export class Tree {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Everything git would commit, as it stands now. */
  static copyOf(root: string): Tree {
    const above = join(root, ".out", "mutants");
    mkdirSync(above, { recursive: true });
    const folder = mkdtempSync(join(above, "tree-"));
    const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: root, encoding: "utf8" });
    for (const path of new Set(listed.split("\0"))) {
      // Named by git's index and deleted since.
      if (path === "" || !existsSync(join(root, path))) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(join(root, path), join(folder, path));
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    for (const build of BUILDS) {
      const from = join(root, ".out", build);
      if (existsSync(from)) cpSync(from, join(folder, ".out", build), { recursive: true });
    }
    return new Tree(folder);
  }

  /** Takes the rule out; the function it answers puts it back. Throws when `find` is not there exactly once. */
  mutate({ file, find, replace }: Pick<Mutant, "file" | "find" | "replace">): () => void {
    const path = join(this.folder, file);
    const text = readFileSync(path, "utf8");
    const spoilt = mutated(text, find, replace);
    writeFileSync(path, spoilt);
    return () => writeFileSync(path, text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The text with the one occurrence replaced. Throws when there is none or more than one, or nothing changes. */
export function mutated(text: string, find: string, replace: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${parts.length - 1} places match ${JSON.stringify(find)}, not one`);
  if (find === replace) throw new Error("the mutation changes nothing");
  return parts.join(replace);
}

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRunGit } from "./run-git.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "kelpie-git-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A program that stands in for git and prints what it was given. */
function script(body: string): string {
  const path = join(folder(), "git");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("every git command carries the options that take programs from the repository's hands", async () => {
  const command = script('for arg in "$@"; do echo "$arg"; done; echo "prompt=$GIT_TERMINAL_PROMPT dir=$GIT_DIR"');
  const run = createRunGit({ command, env: { PATH: "/usr/bin:/bin", GIT_DIR: "/evil" }, emptyFolder: "/empty" });
  const said = (await run(folder(), ["status"])).split("\n");
  for (const option of [
    "core.fsmonitor=false",
    "core.hooksPath=/empty",
    "protocol.ext.allow=never",
    "protocol.file.allow=never",
    "core.pager=cat",
    "diff.external=",
    "core.sshCommand=ssh",
    "credential.helper=",
    "submodule.recurse=false",
    "--no-optional-locks",
  ]) {
    expect(said).toContain(option);
  }
  expect(said).toContain("prompt=0 dir=");
});

test("no git, a git that fails and a git that hangs are told apart, with git's words", async () => {
  const cwd = folder();
  mkdirSync(join(cwd, "x"));
  const base = { env: { PATH: "/usr/bin:/bin" }, emptyFolder: "/empty" };
  const none = createRunGit({ ...base, command: join(cwd, "no-git") });
  await expect(none(cwd, ["status"])).rejects.toMatchObject({ code: "E_GIT", data: { reason: "git-missing" } });
  const fails = createRunGit({ ...base, command: script("echo 'fatal: words' >&2; exit 128") });
  await expect(fails(cwd, ["status"])).rejects.toMatchObject({ code: "E_GIT", data: { text: "fatal: words" } });
  const hangs = createRunGit({ ...base, command: script("exec sleep 60"), timeoutMs: 100 });
  await expect(hangs(cwd, ["status"])).rejects.toMatchObject({ code: "E_TIMEOUT" });
});

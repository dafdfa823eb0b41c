import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ErrorCode, projectsDoc, type RootId, workspacesDoc } from "../../schema/index.ts";
import { Bench } from "../sessions/test/bench.ts";
import { parseWorkPolicy } from "../sessions/work-policy.ts";
import { eventually } from "../sessions/test/eventually.ts";

const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

function git(cwd: string, ...args: string[]): void {
  const env = { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@b.c", ...args], { cwd, env, stdio: "pipe" });
}

/** A repository with one commit on `main`. */
async function repository(): Promise<{ bench: Bench; root: RootId; path: string }> {
  const bench = await new Bench().boot();
  const path = bench.projectPath;
  git(path, "init", "-q", "-b", "main");
  writeFileSync(join(path, "readme.md"), "hello");
  git(path, "add", ".");
  git(path, "commit", "-qm", "one");
  return { bench, root: await bench.project(), path };
}

const projects = (bench: Bench) => projectsDoc.parse(bench.document("projects")).projects;
const workspaces = (bench: Bench) => workspacesDoc.parse(bench.document("workspaces")).workspaces;

test("a repository is shown with its branch, a plain folder with words", async () => {
  const { bench, root } = await repository();
  const folder = join(bench.folder, "plain");
  mkdirSync(folder);
  await bench.bench.projects.add(folder, undefined, "desk");
  const [repo, plain] = projects(bench);
  expect(repo).toMatchObject({ root, name: "repo", branch: "main", git: true, trust: "free" });
  expect(plain).toMatchObject({ name: "plain", git: false, detail: expect.stringContaining("no git repository") });
});

test("the same folder is the same project, also through a link and after it was removed; names are unique", async () => {
  const { bench, root, path } = await repository();
  const link = join(bench.folder, "link");
  symlinkSync(path, link);
  expect(await bench.bench.projects.add(link, "other", "desk")).toEqual({ root });
  await bench.run("project.remove", { root });
  await bench.run("project.remove", { root });
  expect(projects(bench)).toEqual([]);
  await expect(bench.run("session.start", { root, agent: "script" })).rejects.toEqual(code("E_NOT_FOUND"));
  expect(await bench.bench.projects.add(path, undefined, "desk")).toEqual({ root });
  mkdirSync(join(bench.folder, "x", "repo"), { recursive: true });
  await bench.bench.projects.add(join(bench.folder, "x", "repo"), undefined, "desk");
  expect(projects(bench).map(({ name }) => name)).toEqual(["repo", "repo 2"]);
});

test("a device adds projects only below the folders of the policy, links resolved", async () => {
  const bench = new Bench();
  const open = join(bench.folder, "open");
  const secret = join(bench.folder, "secret");
  for (const folder of [join(open, "a"), secret]) mkdirSync(folder, { recursive: true });
  symlinkSync(secret, join(open, "way-out"));
  await bench.boot({ policy: parseWorkPolicy(JSON.stringify({ projectFolders: [open] })) });
  await bench.run("project.add", { path: join(open, "a") });
  for (const path of [secret, join(open, "way-out"), join(open, "..", "secret")]) {
    await expect(bench.run("project.add", { path })).rejects.toEqual(code("E_POLICY"));
  }
  await expect(bench.run("project.add", { path: join(open, "none") })).rejects.toEqual(code("E_NOT_FOUND"));
});

test("trust is for the digest shown; a change asks again and shows the difference", async () => {
  const { bench, root, path } = await repository();
  writeFileSync(join(path, ".mcp.json"), "{}");
  await bench.bench.projects.refresh();
  const digest = projects(bench)[0]?.digest;
  if (digest === undefined) throw new Error("it does not ask");
  writeFileSync(join(path, ".mcp.json"), '{"mcpServers":{}}');
  await expect(bench.run("project.trust", { root, digest })).rejects.toEqual(code("E_DIGEST"));
  const shown = projects(bench)[0]?.digest;
  if (shown === undefined) throw new Error("it does not ask");
  await bench.run("project.trust", { root, digest: shown });
  expect(projects(bench)[0]?.trust).toBe("trusted");
  expect(bench.document(`trust/${root}`) ?? null).toBeNull();
  writeFileSync(join(path, ".mcp.json"), '{"mcpServers":{"x":{}}}');
  await expect(bench.run("session.start", { root, agent: "script" })).rejects.toEqual(code("E_POLICY"));
  expect(bench.document(`trust/${root}`)).toMatchObject({ files: [{ path: ".mcp.json", change: "changed" }] });
});

test("policy may keep trust to the machine", async () => {
  const bench = await new Bench().boot({ policy: parseWorkPolicy('{"trustOnlyHere":true}') });
  const root = await bench.project();
  writeFileSync(join(bench.projectPath, ".mcp.json"), "{}");
  await bench.bench.projects.refresh();
  const digest = projects(bench)[0]?.digest;
  if (digest === undefined) throw new Error("it does not ask");
  await expect(bench.run("project.trust", { root, digest })).rejects.toEqual(code("E_POLICY"));
  await bench.bench.projects.trust(root, digest, "desk");
});

test("a session in a new worktree works on a branch of its own, beside one in the main checkout", async () => {
  const { bench, root, path } = await repository();
  await bench.started();
  const { s } = await bench.run("session.start", { root, agent: "script", worktree: "fix/upload" });
  await bench.status(s, "idle");
  await eventually(() => expect(bench.head(s)).toMatchObject({ project: "repo", branch: "fix/upload" }));
  const [tree] = workspaces(bench);
  expect(tree).toMatchObject({ project: root, branch: "fix/upload", root: bench.head(s).root });
  expect(readFileSync(join(tree?.path ?? "", "readme.md"), "utf8")).toBe("hello");
  expect(tree?.path.startsWith(path)).toBe(false);
});

test.each(["-x", "a..b", "a b", "--upload-pack=x", "a.lock"])("%s is no branch for a worktree", async (worktree) => {
  const { bench, root } = await repository();
  await expect(bench.run("session.start", { root, agent: "script", worktree })).rejects.toEqual(code("E_SCHEMA"));
});

test("git's own words reach the person when it refuses", async () => {
  const { bench, root } = await repository();
  const start = bench.run("session.start", { root, agent: "script", worktree: "main" });
  await expect(start).rejects.toEqual(code("E_GIT"));
  await expect(start).rejects.toMatchObject({ data: { text: expect.stringContaining("main") } });
});

test("worktrees made elsewhere become workspaces", async () => {
  const { bench, root, path } = await repository();
  git(path, "worktree", "add", "-q", "-b", "elsewhere", join(bench.folder, "elsewhere"));
  await bench.bench.projects.refresh();
  expect(workspaces(bench)).toMatchObject([{ project: root, branch: "elsewhere" }]);
});

test("S21 a hostile repository runs nothing while it is looked at, and no worktree is made of it", async () => {
  const { bench, root, path } = await repository();
  const canary = join(bench.folder, "canary");
  const touch = `touch ${canary}`;
  git(path, "config", "core.fsmonitor", touch);
  git(path, "config", "core.sshCommand", touch);
  git(path, "config", "filter.x.smudge", touch);
  git(path, "config", "core.alternateRefsCommand", touch);
  writeFileSync(join(path, ".git", "hooks", "post-checkout"), `#!/bin/sh\n${touch}`, { mode: 0o755 });
  await bench.bench.projects.refresh();
  expect(projects(bench)[0]).toMatchObject({ trust: "asks", branch: "main" });
  const start = bench.run("session.start", { root, agent: "script", worktree: "w" });
  await expect(start).rejects.toEqual(code("E_POLICY"));
  expect(existsSync(canary)).toBe(false);
});

test("hooks do not run even in a repository somebody trusts", async () => {
  const { bench, root, path } = await repository();
  const canary = join(bench.folder, "canary");
  writeFileSync(join(path, ".git", "hooks", "post-checkout"), `#!/bin/sh\ntouch ${canary}`, { mode: 0o755 });
  await bench.bench.projects.refresh();
  const digest = projects(bench)[0]?.digest;
  if (digest === undefined) throw new Error("it does not ask");
  await bench.run("project.trust", { root, digest });
  await bench.run("session.start", { root, agent: "script", worktree: "w" });
  expect(existsSync(canary)).toBe(false);
});

test("links to devices and to the whole disk are looked at no further than a person could; such a project is never trusted", async () => {
  const { bench, root, path } = await repository();
  symlinkSync("/dev/zero", join(path, ".mcp.json"));
  symlinkSync("/dev/zero", join(path, ".env"));
  await bench.bench.projects.refresh();
  expect(projects(bench)[0]).toMatchObject({ root, trust: "free" });
  symlinkSync("/", join(path, ".codex"));
  await bench.bench.projects.refresh();
  const [shown] = projects(bench);
  if (shown?.digest === undefined) throw new Error("nothing is asked");
  await expect(bench.run("project.trust", { root, digest: shown.digest })).rejects.toEqual(code("E_POLICY"));
  await expect(bench.run("session.start", { root, agent: "script" })).rejects.toEqual(code("E_POLICY"));
});

test("a repository whose HEAD is a link that leads nowhere is a repository, and its configuration is looked at", async () => {
  const { bench, root, path } = await repository();
  rmSync(join(path, ".git", "HEAD"));
  symlinkSync("refs/heads/unborn", join(path, ".git", "HEAD"));
  appendFileSync(join(path, ".git", "config"), "[core]\n\tfsmonitor = ./evil\n");
  await bench.bench.projects.refresh();
  expect(projects(bench)[0]).toMatchObject({ root, git: true, trust: "asks" });
});

test("no worktree is made of a folder that only git takes for a repository", async () => {
  const { bench, path } = await repository();
  const folder = join(bench.folder, "laid-out");
  git(path, "clone", "-q", "--bare", path, folder);
  const canary = join(bench.folder, "ran");
  git(folder, "config", "filter.x.smudge", `touch ${canary}`);
  writeFileSync(join(folder, "info", "attributes"), "* filter=x\n");
  const { root } = await bench.bench.projects.add(folder, undefined, "desk");
  await expect(bench.run("session.start", { root, agent: "script", worktree: "new" })).rejects.toEqual(code("E_GIT"));
  expect(existsSync(canary)).toBe(false);
});

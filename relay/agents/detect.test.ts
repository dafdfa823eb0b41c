import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Detection } from "./acp/facts.ts";
import { createDetector, findOnPath, readLoginPath, withoutHostVariables } from "./detect.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kelpie-detect-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function program(name: string, script: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const detection: Detection = {
  versionArgs: ["--version"],
  install: "install it",
  login: {
    command: "tool login",
    env: ["TOOL_KEY"],
    folder: ".tool",
    folderVariable: "TOOL_HOME",
    files: [
      { path: "auth.json", account: "tool login" },
      { path: "config", holds: "provider", account: "own provider" },
    ],
  },
};

const detect = (command: string, env: Record<string, string> = {}, home = folder, of = detection) =>
  createDetector({ env: { PATH: `${folder}:/usr/bin:/bin`, ...env }, home }).detect(command, of);

describe("an agent on this machine", () => {
  test("that is not there is missing, and how to get it is said", async () => {
    expect(await detect("no-such-tool")).toEqual({ state: "missing", next: "install it" });
  });

  test("that tells its version and is signed in by a variable is ready; the secret is not told", async () => {
    await program("tool-ok", "echo 'tool v1.22.333-beta (linux)'; echo noise >&2");
    const found = await detect("tool-ok", { TOOL_KEY: "sk-secret" });
    expect(found).toEqual({ state: "ready", version: "1.22.333-beta", account: "TOOL_KEY" });
  });

  test("that is signed in by a file is ready, and logged out without", async () => {
    await program("tool-file", "echo 1.0.0");
    const home = await mkdtemp(join(folder, "home-"));
    expect(await detect("tool-file", {}, home)).toEqual({ state: "logged-out", version: "1.0.0", next: "tool login" });
    await mkdir(join(home, ".tool"));
    await writeFile(join(home, ".tool", "config"), "nothing of use");
    expect(await detect("tool-file", {}, home)).toMatchObject({ state: "logged-out" });
    await writeFile(join(home, ".tool", "config"), "provider = mine");
    expect(await detect("tool-file", {}, home)).toMatchObject({ state: "ready", account: "own provider" });
  });

  test("that keeps its login where its variable says is found there", async () => {
    await program("tool-moved", "echo 1.0.0");
    const home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, "auth.json"), "{}");
    expect(await detect("tool-moved", {}, home)).toMatchObject({ state: "logged-out" });
    expect(await detect("tool-moved", { TOOL_HOME: home }, "/kelpie/none")).toMatchObject({ account: "tool login" });
  });

  test.each([
    ["fails", "echo 'cannot load libfoo' >&2; exit 1", { state: "broken", detail: "cannot load libfoo" }],
    ["prints garbage", "echo hello", { state: "broken", detail: "hello" }],
    ["dies by a signal", "kill -9 $$", { state: "broken" }],
  ])("that %s is broken, in its own words", async (name, script, expected) => {
    await program(`tool-${name.replaceAll(" ", "-")}`, script);
    expect(await detect(`tool-${name.replaceAll(" ", "-")}`)).toMatchObject({ ...expected, next: "install it" });
  });

  test("that cannot be started is broken", async () => {
    await writeFile(join(folder, "tool-text"), "not a program", { mode: 0o755 });
    expect(await detect("tool-text")).toMatchObject({ state: "broken" });
  });

  test("without logins is ready when it works", async () => {
    await program("tool-free", "echo 2.0.0");
    const { login: _login, ...free } = detection;
    expect(await detect("tool-free", {}, folder, free)).toEqual({ state: "ready", version: "2.0.0" });
  });
});

describe("PATH", () => {
  test("is what the login shell says, whatever its start-up files print", async () => {
    const shell = await program(
      "shell",
      'echo "Welcome!"; PATH=/from/profile:/usr/bin; export PATH; eval "$4"; echo bye',
    );
    expect(await readLoginPath(shell, { PATH: "/usr/bin:/bin" })).toBe("/from/profile:/usr/bin");
  });

  test("is unknown when the shell fails or is not there", async () => {
    expect(await readLoginPath(await program("bad-shell", "exit 1"), {})).toBeUndefined();
    expect(await readLoginPath(join(folder, "no-shell"), {})).toBeUndefined();
  });

  test("is searched in order; a path is taken as it is", async () => {
    const file = await program("on-path", "exit 0");
    expect(await findOnPath("on-path", `/kelpie/none:${folder}`)).toBe(file);
    expect(await findOnPath("on-path", "/kelpie/none")).toBeUndefined();
    expect(await findOnPath(file, "")).toBe(file);
  });
});

test("variables of editors, package managers and other agents do not reach an agent; credentials do", () => {
  const env = {
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "cli",
    CLAUDE_CODE_OAUTH_TOKEN: "token",
    ELECTRON_RUN_AS_NODE: "1",
    VSCODE_PID: "7",
    npm_config_user_agent: "npm",
    NODE_OPTIONS: "--inspect",
    HOME: "/home/me",
    UNSET: undefined,
  };
  expect(withoutHostVariables(env)).toEqual({ CLAUDE_CODE_OAUTH_TOKEN: "token", HOME: "/home/me" });
});

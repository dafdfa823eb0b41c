// Programs that are not quite claude: the driver must say what is wrong and leave nothing behind.
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentDriver } from "../driver.ts";
import { ABORT_FORCE_KILL_MS } from "../opening.ts";
import { isGroupAlive } from "../process-group.ts";
import { createClaudeDriver } from "./driver.ts";

let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kelpie-claude-"));
  env = { PATH: process.env["PATH"] ?? "", HOME: folder };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A shell script in claude's place. */
async function driverOf(...script: string[]): Promise<AgentDriver> {
  const command = join(folder, "claude");
  await writeFile(command, ["#!/bin/sh", ...script, ""].join("\n"));
  await chmod(command, 0o755);
  return createClaudeDriver({ command, env, now: () => 0 });
}

const open = (driver: AgentDriver, resume?: string): Promise<unknown> =>
  driver.open({ cwd: folder, env, ...(resume === undefined ? {} : { resume }) });

describe("the probe", () => {
  test("says that it is missing and how to install it", async () => {
    const driver = createClaudeDriver({ command: join(folder, "nothing"), env, now: () => 0 });
    expect(await driver.probe()).toMatchObject({
      id: "claude",
      state: "missing",
      next: expect.stringContaining("npm install"),
    });
  });

  test("says that nobody is signed in, and how to sign in", async () => {
    const driver = await driverOf(
      `if [ "$1" = --version ]; then echo "2.1.329 (Claude Code)"; else echo '{"loggedIn": false}'; exit 1; fi`,
    );
    expect(await driver.probe()).toMatchObject({
      state: "logged-out",
      version: "2.1.329",
      next: expect.stringContaining("claude auth login"),
    });
  });

  test("tells who is signed in, and the models when claude gives them", async () => {
    const reply = { models: [{ value: "opus", displayName: "Opus" }, { value: "plain" }] };
    const line = { type: "control_response", response: { subtype: "success", request_id: "probe", response: reply } };
    const driver = await driverOf(
      `case "$1" in`,
      `--version) echo "2.1.329 (Claude Code)";;`,
      `auth) echo '{"loggedIn": true, "authMethod": "claude.ai", "email": "a@example.org", "subscriptionType": "max"}';;`,
      `*) read request; echo '${JSON.stringify(line)}';;`,
      `esac`,
    );
    expect(await driver.probe()).toMatchObject({
      state: "ready",
      account: "a@example.org, max",
      models: [
        { id: "opus", name: "Opus" },
        { id: "plain", name: "plain" },
      ],
    });
  });

  test.each([
    ["fails", `echo "cannot start" >&2; exit 3`, "cannot start"],
    ["prints garbage", `echo "hello"`, "hello"],
    ["says nothing", `exit 4`, "exit code 4"],
  ])("calls a claude that %s broken, in its own words", async (_what, script, detail) => {
    expect(await (await driverOf(script)).probe()).toMatchObject({ state: "broken", detail });
  });
});

describe("opening", () => {
  test("fails with the words of a claude that ends at once", async () => {
    const driver = await driverOf(`echo "cannot be used with root/sudo privileges" >&2; exit 1`);
    await expect(open(driver)).rejects.toMatchObject({
      code: "E_AGENT",
      data: { reason: "ended", text: "cannot be used with root/sudo privileges" },
    });
  });

  test("fails with the signal of a claude that is killed", async () => {
    const driver = await driverOf(`kill -9 $$`);
    await expect(open(driver)).rejects.toMatchObject({ code: "E_AGENT", data: { text: "SIGKILL" } });
  });

  test("tells a session that claude does not know from other ends", async () => {
    const refusal = { type: "result", subtype: "error_during_execution", is_error: true, errors: ["No such session"] };
    const driver = await driverOf(`echo '${JSON.stringify(refusal)}'; exit 1`);
    await expect(open(driver, "s1")).rejects.toMatchObject({
      data: { reason: "resume-refused", text: "No such session" },
    });
    await expect(open(driver)).rejects.toMatchObject({ data: { reason: "ended", text: "No such session" } });
  });

  test("given up ends even a claude that ignores SIGTERM, within a second", async () => {
    const began = join(folder, "began");
    const driver = await driverOf(`trap "" TERM`, `echo $$ > ${began}`, `while :; do sleep 0.05; done`);
    const stop = new AbortController();
    const opening = driver.open({ cwd: folder, env, signal: stop.signal });
    opening.catch(() => undefined); // looked at below, after the abort
    await expect.poll(() => existsSync(began)).toBe(true);
    const abortedAt = performance.now();
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "E_AGENT" });
    expect(performance.now() - abortedAt).toBeLessThan(ABORT_FORCE_KILL_MS + 1_000);
    expect(await isGroupAlive(Number(await readFile(began, "utf8")))).toBe(false);
    await expect(driver.open({ cwd: folder, env, signal: stop.signal })).rejects.toMatchObject({
      data: { reason: "aborted" },
    });
  });

  test("fails when the folder or the program is not there", async () => {
    const driver = createClaudeDriver({ command: join(folder, "nothing"), env, now: () => 0 });
    await expect(open(driver)).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "command-not-found" } });
    const gone = (await driverOf("exit 0")).open({ cwd: join(folder, "gone"), env });
    await expect(gone).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "folder-missing" } });
  });
});

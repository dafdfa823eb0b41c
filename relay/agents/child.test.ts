// Real processes: what happens to them and to their children when they end, are ended, or refuse to.
import { tmpdir } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { isAppError } from "../../schema/index.ts";
import { type AgentChild, spawnAgent } from "./child.ts";
import { isGroupAlive, readStartTime } from "./process-group.ts";

const PATH = process.env["PATH"] ?? "";
const running: AgentChild[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.end({ graceMs: 0, forceKillAfterMs: 100 })));
});

async function shell(script: string, env: Record<string, string> = {}): Promise<AgentChild> {
  const child = await spawnAgent({ command: "/bin/sh", args: ["-c", script], cwd: tmpdir(), env: { PATH, ...env } });
  running.push(child);
  return child;
}

async function firstLine(child: AgentChild): Promise<string> {
  for await (const line of child.lines) return line;
  throw new Error("no line");
}

async function allLines(child: AgentChild): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of child.lines) lines.push(line);
  return lines;
}

describe("ending", () => {
  test("closing stdin is enough for a polite program", async () => {
    const child = await shell("cat");
    await child.write("hello");
    expect(await firstLine(child)).toBe("hello");
    expect(await child.end({ graceMs: 10_000 })).toMatchObject({ code: 0, signal: null, forced: false });
  });

  test("a program that ignores stdin gets SIGTERM after its grace, with its whole group", async () => {
    const child = await shell("echo up; sleep 1000 & sleep 1000");
    await firstLine(child);
    expect(await child.end({ graceMs: 10 })).toMatchObject({ code: null, signal: "SIGTERM", forced: false });
    expect(await isGroupAlive(child.pid)).toBe(false);
  });

  test("SIGTERM goes to the whole group: a leader that waits for its child can end in order", async () => {
    // Up when the child is: between fork and exec it would still have the leader's trap, and outlive the signal.
    const child = await shell("trap : TERM; (echo up; exec sleep 1000) & wait $!; wait $!; exit 5");
    await firstLine(child);
    expect(await child.end({ graceMs: 10, forceKillAfterMs: 10_000 })).toMatchObject({ code: 5, forced: false });
  });

  test("a program that ignores SIGTERM is killed, and the report says so", async () => {
    const child = await shell("trap '' TERM; echo up; while :; do sleep 0.05; done");
    await firstLine(child);
    const report = await child.end({ graceMs: 10, forceKillAfterMs: 100 });
    expect(report).toMatchObject({ signal: "SIGKILL", forced: true });
    expect(await isGroupAlive(child.pid)).toBe(false);
  });

  test("what a program leaves behind is gone when its end is reported, and all it said was read", async () => {
    const child = await shell("sleep 1000 & (trap '' TERM; sleep 1000) & printf 'last words'; exit 3");
    const lines = allLines(child);
    expect(await child.exited).toMatchObject({ code: 3, signal: null });
    expect(await lines).toEqual(["last words"]);
    expect(await isGroupAlive(child.pid)).toBe(false);
  });

  test("end is idempotent and the same report is given to everybody", async () => {
    const child = await shell("cat");
    const reports = await Promise.all([child.end({ graceMs: 5_000 }), child.end({ graceMs: 0 }), child.exited]);
    expect(new Set(reports).size).toBe(1);
  });

  test("a reader that stopped reading does not keep the report away", async () => {
    const child = await shell("yes kelpie | head -c 3000000; sleep 1000");
    await firstLine(child);
    expect(await child.end({ graceMs: 10 })).toMatchObject({ signal: "SIGTERM" });
  });
});

describe("pipes", () => {
  test("what was said before the end is kept for a reader who comes after it", async () => {
    // More than is read ahead, so that the rest waits in the pipe when the program is gone.
    const lines = 11_500;
    const child = await shell(`yes ${"x".repeat(99)} 2>/dev/null | head -n ${lines}`);
    await child.exited;
    expect((await allLines(child)).length).toBe(lines);
  });

  test("a line of 2 MB passes whole", async () => {
    const child = await shell("head -c 2000000 /dev/zero | tr '\\0' x; echo; echo after");
    expect((await allLines(child)).map((line) => line.length)).toEqual([2_000_000, "after".length]);
  });

  test("writing after the end rejects with E_AGENT", async () => {
    const child = await shell("exit 0");
    await child.exited;
    await expect(child.write("hello")).rejects.toSatisfy((error: unknown) => isAppError(error, "E_AGENT"));
  });

  test("a write that nobody takes is rejected when the program dies", async () => {
    const child = await shell("echo up; sleep 1000");
    await firstLine(child);
    const write = child.write("x".repeat(1_000_000));
    write.catch(() => undefined);
    await child.end({ graceMs: 0 });
    await expect(write).rejects.toSatisfy((error: unknown) => isAppError(error, "E_AGENT"));
  });

  test("the last words of stderr are in the report, and only the last", async () => {
    const child = await shell("yes no 2>/dev/null | head -c 100000 >&2; echo 'it broke' >&2; exit 1");
    const { stderr } = await child.exited;
    expect(stderr.endsWith("it broke\n")).toBe(true);
    expect(stderr.length).toBeLessThanOrEqual(8 * 1024);
  });

  test("the environment is exactly the one given", async () => {
    const child = await shell("env", { KELPIE_TEST: "1" });
    const names = (await allLines(child)).map((line) => line.split("=")[0]);
    expect(names).toContain("KELPIE_TEST");
    expect(names).not.toContain("VITEST");
  });
});

describe("starting", () => {
  const start = (command: string, cwd = tmpdir()): Promise<unknown> =>
    spawnAgent({ command, args: [], cwd, env: { PATH } }).catch((error: unknown) => error);

  test.each([
    ["a command that is not there", "kelpie-no-such-command", tmpdir(), "command-not-found"],
    ["a folder that is not there", "/bin/sh", "/kelpie/no/such/folder", "folder-missing"],
    ["a file that is no program", import.meta.filename, tmpdir(), "spawn-failed"],
  ])("%s is E_AGENT with a reason", async (_what, command, cwd, reason) => {
    expect(await start(command, cwd)).toMatchObject({ code: "E_AGENT", data: { reason } });
  });

  test("pid and start time recognise the process, and nothing once it is gone", async () => {
    const child = await shell("cat");
    expect(child.startTime).toBeDefined();
    expect(await readStartTime(child.pid)).toBe(child.startTime);
    await child.end({ graceMs: 5_000 });
    expect(await readStartTime(child.pid)).toBeUndefined();
  });
});

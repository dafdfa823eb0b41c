// Agents that go wrong, driven by the real driver: every fault has a clear result, and nothing is left running.
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentDriver, AgentProcess, OpenOptions } from "../driver.ts";
import { demoFacts } from "../demo/facts.ts";
import { isGroupAlive } from "../process-group.ts";
import { createAcpDriver } from "./acp-driver.ts";
import { acpCommandFacts, type AcpFacts } from "./facts.ts";
import { Collected } from "./test/collect.ts";

const FAULTY = join(import.meta.dirname, "test", "faulty-agent.ts");
const GO = [{ type: "text" as const, text: "go" }];
const opened: AgentProcess[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((agent) => agent.close()));
});

function driver(fault: string, more: Partial<AcpFacts> = {}, openTimeoutMs = 20_000): AgentDriver {
  const facts = {
    ...acpCommandFacts({ id: "faulty", command: process.execPath, args: [FAULTY, fault] }),
    graceMs: 100,
  };
  return createAcpDriver({
    facts: { ...facts, ...more },
    now: () => 0,
    detector: { detect: async () => ({ state: "ready" }) },
    openTimeoutMs,
    forceKillAfterMs: 200,
  });
}

async function open(
  fault: string,
  options: Partial<OpenOptions> = {},
): Promise<{ agent: AgentProcess; seen: Collected }> {
  const agent = await driver(fault).open({ cwd: tmpdir(), env: {}, ...options });
  opened.push(agent);
  return { agent, seen: new Collected(agent) };
}

describe("an agent that cannot be opened", () => {
  test.each([
    ["hang", { code: "E_TIMEOUT", data: { reason: "initialize" } }],
    ["garbage", { code: "E_TIMEOUT", data: { reason: "initialize", text: "Welcome to Garbage 1.0!" } }],
    ["newer", { code: "E_AGENT", data: { reason: "protocol-version", version: 7 } }],
    ["die-at-start", { code: "E_AGENT", data: { reason: "ended", code: 127, text: "cannot find libfoo.so" } }],
    [
      "logged-out",
      { code: "E_AGENT", data: { reason: "logged-out", text: "Please run /login first", next: "faulty login" } },
    ],
  ])("%s", async (fault, error) => {
    const timeoutMs = error.code === "E_TIMEOUT" ? 700 : 20_000;
    const login = { command: "faulty login", env: [], folder: ".faulty", files: [] };
    const folder = await mkdtemp(join(tmpdir(), "kelpie-acp-"));
    const started = driver(fault, { detection: { versionArgs: [], install: "", login } }, timeoutMs);
    await expect(started.open({ cwd: folder, env: {} })).rejects.toMatchObject(error);
    expect(await processesIn(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test("a mode it does not offer is refused, not silently another one", async () => {
    await expect(open("permission", { mode: "yolo" })).rejects.toMatchObject({ data: { reason: "mode-not-offered" } });
  });

  test("an opening that is given up ends its program at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kelpie-acp-"));
    const stop = new AbortController();
    const opening = driver("hang").open({ cwd: folder, env: {}, signal: stop.signal });
    opening.catch(() => undefined); // looked at below, after the abort
    await expect.poll(() => processesIn(folder)).not.toEqual([]);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: "E_AGENT" });
    expect(await processesIn(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test("a conversation the agent does not have is told from other refusals", async () => {
    const demo = createAcpDriver({
      facts: demoFacts({ execPath: process.execPath, paceMs: 1 }),
      now: () => 0,
      detector: { detect: async () => ({ state: "ready" }) },
    });
    await expect(demo.open({ cwd: tmpdir(), env: {}, resume: "unheard-of" })).rejects.toMatchObject({
      data: { reason: "resume-refused", text: expect.stringContaining("unheard-of") },
    });
  });

  test("an agent that answers session/load with null, as ACP's own documentation does, has continued", async () => {
    const { agent, seen } = await open("null-load", { resume: "faulty-1" });
    expect(await agent.prompt(GO)).toEqual({ stop: "end_turn" });
    expect(seen.events[0]).toMatchObject({ type: "opened", agentSession: "faulty-1" });
  });

  test("continuing is refused by an agent that cannot", async () => {
    await expect(open("none", { resume: "old" })).rejects.toMatchObject({ data: { reason: "no-resume" } });
  });
});

describe("an agent that ends in a turn", () => {
  test("by a signal: the prompt rejects with its last words and the events end with the report", async () => {
    const { agent, seen } = await open("die-in-turn");
    await expect(agent.prompt(GO)).rejects.toMatchObject({
      code: "E_AGENT",
      data: { reason: "ended", signal: "SIGKILL", text: "panic: out of cheese" },
    });
    await seen.done;
    expect(seen.text()).toBe("earlyso far");
    expect(seen.events.at(-1)).toMatchObject({
      type: "ended",
      expected: false,
      report: { signal: "SIGKILL", forced: false },
    });
  });

  test("with exit code 0: that is no success", async () => {
    const { agent } = await open("exit-in-turn");
    await expect(agent.prompt(GO)).rejects.toMatchObject({ code: "E_AGENT", data: { code: 0 } });
  });

  test.each([
    ["by closing its stdout", "close-stdout", { reason: "ended" }],
    ["by a line over the limit", "long-line", { reason: "line-too-long" }],
  ])("%s: it is stopped", async (_how, fault, data) => {
    const { agent, seen } = await open(fault);
    await expect(agent.prompt(GO)).rejects.toMatchObject({ code: "E_AGENT", data });
    await seen.done;
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });

  test("and later prompts are refused alike", async () => {
    const { agent, seen } = await open("exit-in-turn");
    await expect(agent.prompt(GO)).rejects.toMatchObject({ code: "E_AGENT" });
    await seen.done;
    await expect(agent.prompt(GO)).rejects.toMatchObject({ code: "E_AGENT" });
  });
});

describe("an agent that talks oddly", () => {
  test("a line of 2 MB is one update", async () => {
    const { agent, seen } = await open("two-megabytes");
    expect(await agent.prompt(GO)).toEqual({ stop: "end_turn" });
    expect(seen.text().length).toBe("early".length + 2 * 1024 * 1024);
  });

  test("garbage between its messages is skipped", async () => {
    const { agent, seen } = await open("garbage-in-turn");
    expect(await agent.prompt(GO)).toEqual({ stop: "end_turn" });
    expect(seen.text()).toBe("earlystill here");
  });

  test.each([
    ["a request we do not know", "unknown-request", "-32601"],
    ["a permission request without options", "bad-permission", "-32602"],
  ])("%s is refused by code and shown to nobody", async (_what, fault, code) => {
    const { agent, seen } = await open(fault);
    await agent.prompt(GO);
    expect(seen.text()).toBe(`early${code}`);
    expect(seen.ofType("wait")).toEqual([]);
  });

  test("a stop reason we do not know is an error that names it", async () => {
    const { agent } = await open("unknown-stop");
    expect(await agent.prompt(GO)).toEqual({ stop: "error", error: "stop reason: bored" });
  });

  test("an answer without a stop reason is an error, not a success", async () => {
    const { agent } = await open("no-stop");
    expect(await agent.prompt(GO)).toEqual({ stop: "error", error: "no stop reason" });
  });

  test("updates of other sessions and unknown notifications are ignored", async () => {
    const { agent, seen } = await open("other-session");
    expect(await agent.prompt(GO)).toEqual({ stop: "end_turn" });
    expect(seen.text()).toBe("early");
  });

  test("what it says before its session has a name comes after `opened`", async () => {
    const { seen } = await open("none");
    await seen.until(() => seen.events.length === 2);
    expect(seen.events.map(({ type }) => type)).toEqual(["opened", "update"]);
  });
});

describe("waits", () => {
  test("are answered once, by an option that was offered", async () => {
    const { agent, seen } = await open("permission");
    const turn = agent.prompt(GO);
    await seen.until(() => seen.ofType("wait").length === 1);
    const key = seen.ofType("wait")[0]?.wait.key ?? "";
    await expect(agent.answer(key, { option: "3" })).rejects.toMatchObject({ code: "E_SCHEMA" });
    await expect(agent.answer(key, {})).rejects.toMatchObject({ code: "E_SCHEMA" });
    await agent.answer(key, { option: "2" });
    await expect(agent.answer(key, { option: "1" })).rejects.toMatchObject({ code: "E_RESOLVED" });
    await turn;
    expect(seen.text()).toContain('{"outcome":{"outcome":"selected","optionId":"2"}}');
    expect(seen.ofType("withdrawn")).toEqual([]);
  });

  test("are withdrawn by cancel, which answers them cancelled", async () => {
    const { agent, seen } = await open("permission");
    const turn = agent.prompt(GO);
    await seen.until(() => seen.ofType("wait").length === 1);
    await agent.cancel();
    await turn;
    const key = seen.ofType("wait")[0]?.wait.key;
    expect(seen.text()).toContain('{"outcome":{"outcome":"cancelled"}}');
    expect(seen.ofType("withdrawn")).toEqual([{ type: "withdrawn", key }]);
  });

  test("a cancel is over at once although the agent reads nothing", async () => {
    const { agent } = await open("deaf");
    const turn = agent.prompt([{ type: "text", text: "x".repeat(1_000_000) }]);
    turn.catch(() => undefined); // it ends with the agent, after the test
    await expect(agent.cancel()).resolves.toBeUndefined();
  });

  test("that cross with a cancel bother nobody: they are answered cancelled at once", async () => {
    const { agent, seen } = await open("asks-when-cancelled");
    const turn = agent.prompt(GO);
    await seen.until(() => seen.text().includes("working"));
    await agent.cancel();
    expect(await turn).toEqual({ stop: "end_turn" });
    expect(seen.text()).toContain('{"outcome":{"outcome":"cancelled"}}');
    expect(seen.ofType("wait")).toEqual([]);
  });

  test.each(["withdraw", "ask-and-end"])("are withdrawn when the agent no longer asks: %s", async (fault) => {
    const { agent, seen } = await open(fault);
    expect(await agent.prompt(GO)).toEqual({ stop: "end_turn" });
    await seen.until(() => seen.ofType("withdrawn").length === 1);
    await expect(agent.answer("ask-1", { option: "1" })).rejects.toMatchObject({ code: "E_RESOLVED" });
  });

  test("are withdrawn before the last event when the agent is closed", async () => {
    const { agent, seen } = await open("permission");
    agent.prompt(GO).catch(() => undefined);
    await seen.until(() => seen.ofType("wait").length === 1);
    await agent.close();
    await seen.done;
    expect(seen.events.slice(-2).map(({ type }) => type)).toEqual(["withdrawn", "ended"]);
  });
});

describe("misuse and closing", () => {
  test("a second prompt in a turn is a TypeError, a cancel without a turn is nothing", async () => {
    const { agent, seen } = await open("permission");
    await agent.cancel();
    const turn = agent.prompt(GO);
    await expect(agent.prompt(GO)).rejects.toThrow(TypeError);
    await seen.until(() => seen.ofType("wait").length === 1);
    await agent.answer("ask-1", { option: "1" });
    await turn;
  });

  test("a mode that is not offered is E_SCHEMA and changes nothing", async () => {
    const { agent } = await open("none");
    await expect(agent.configure({ mode: "yolo" })).rejects.toMatchObject({ code: "E_SCHEMA" });
    await expect(agent.configure({ model: "gpt-9" })).rejects.toMatchObject({ code: "E_SCHEMA" });
  });

  test.runIf(process.platform === "linux")(
    "close takes along what the agent started in a session of its own",
    async () => {
      const { agent, seen } = await open("leaves-session");
      await seen.until(() => seen.text().includes("started"));
      const pid = Number(/started (\d+)/.exec(seen.text())?.[1]);
      expect(await isGroupAlive(pid)).toBe(true);
      await agent.close();
      expect(await isGroupAlive(pid)).toBe(false);
    },
  );

  test("close is idempotent, and takes the agent's children along", async () => {
    const { agent } = await open("leaves-child");
    const [first, second] = await Promise.all([agent.close(), agent.close()]);
    expect(first).toBe(second);
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });
});

describe("an agent that names its sessions by the minute", () => {
  const minute = 60_000;
  const openedAt = async (madeInMinute: number, resumedAt: number): Promise<number[]> => {
    let now = madeInMinute;
    const waited: number[] = [];
    const facts = acpCommandFacts({ id: "faulty", command: process.execPath, args: [FAULTY, "late-history"] });
    const minutely = createAcpDriver({
      facts: { ...facts, graceMs: 100, loadsInLaterMinute: true },
      now: () => now,
      sleep: async (ms) => void waited.push(ms),
      detector: { detect: async () => ({ state: "ready" }) },
    });
    const agent = await minutely.open({ cwd: tmpdir(), env: {} });
    await agent.close();
    now = resumedAt;
    // The fake never answers session/load: only the waiting before it matters here.
    const folder = "/kelpie/no/such/folder";
    await expect(minutely.open({ cwd: folder, env: {}, resume: "faulty-1" })).rejects.toMatchObject({
      code: "E_AGENT",
    });
    return waited;
  };

  test("is resumed in the same minute only after its end", async () => {
    expect(await openedAt(5 * minute + 1_000, 5 * minute + 20_000)).toEqual([40_000]);
  });

  test("is resumed in a later minute at once", async () => {
    expect(await openedAt(5 * minute + 59_000, 6 * minute)).toEqual([]);
  });
});

/** Pids of running processes whose working folder is `folder` (Linux; elsewhere none can be told). */
async function processesIn(folder: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
      return cwd === folder && !/\) Z/.test(stat) ? pid : "";
    }),
  );
  return found.filter((pid) => pid !== "");
}

// The demo agent as a program, driven by the real driver, in a workspace of its own.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { permissionRequest, planRequest } from "../../../schema/index.ts";
import { createAcpDriver } from "../acp/acp-driver.ts";
import { Collected } from "../acp/test/collect.ts";
import type { AgentEvent, AgentProcess, OpenOptions, TurnEnd } from "../driver.ts";
import { isGroupAlive } from "../process-group.ts";
import { demoFacts } from "./facts.ts";

type Wait = Extract<AgentEvent, { type: "wait" }>["wait"];
type Kind = "allow_once" | "allow_always" | "reject_once";

let root = "";
let workspace = "";
const opened: AgentProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kelpie-demo-"));
  workspace = await mkdtemp(join(root, "workspace-"));
  await writeFile(join(workspace, "README.md"), "# A project\n");
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((agent) => agent.close()));
  await rm(root, { recursive: true });
});

interface Demo {
  readonly agent: AgentProcess;
  readonly seen: Collected;
  readonly say: (text: string) => Promise<TurnEnd>;
}

/** Opens the demo; permissions and plans are answered with the first option of that kind, others stay open. */
async function start(answerKind?: Kind, options: Partial<OpenOptions> = {}, paceMs = 0): Promise<Demo> {
  const facts = demoFacts({ execPath: process.execPath, stateFolder: join(root, "state"), paceMs });
  const detector = { detect: async () => ({ state: "ready" as const }) };
  const driver = createAcpDriver({ facts, now: Date.now, detector, forceKillAfterMs: 500 });
  const env = { PATH: process.env["PATH"] ?? "" };
  const agent = await driver.open({ cwd: workspace, env, ...options });
  opened.push(agent);
  const seen = new Collected(agent, async (event) => {
    if (event.type !== "wait" || answerKind === undefined) return;
    const option = optionOf(event.wait, answerKind);
    if (option !== undefined) await agent.answer(event.wait.key, { option });
  });
  return { agent, seen, say: (text) => agent.prompt([{ type: "text", text }]) };
}

function optionOf({ kind, req }: Wait, wanted: Kind): string | undefined {
  if (kind !== "permission" && kind !== "plan") return undefined;
  const { options } = (kind === "plan" ? planRequest : permissionRequest).parse(JSON.parse(req));
  return options.find((option) => option.kind === wanted)?.optionId;
}

const statuses = (seen: Collected): unknown[] =>
  seen
    .ofType("update")
    .flatMap(({ params: { update } }) => (update.sessionUpdate === "tool_call_update" ? [update.status] : []));

describe("talking", () => {
  test("streams numbered lines, one update each, none lost", async () => {
    const { seen, say } = await start();
    expect(await say("stream 300 fast")).toMatchObject({
      stop: "end_turn",
      usage: { outputTokens: expect.any(Number) },
    });
    expect(seen.text()).toBe(Array.from({ length: 300 }, (_, index) => `line ${index + 1}\n`).join(""));
    const chunks = seen.ofType("update").filter(({ params }) => params.update.sessionUpdate === "agent_message_chunk");
    expect(chunks.length).toBe(300);
  });

  test("names the session after its first prompt, once", async () => {
    const { seen, say } = await start();
    await say("stream 1 fast");
    await say("stream 2 fast");
    const titles = seen
      .ofType("update")
      .flatMap(({ params: { update } }) => (update.sessionUpdate === "session_info_update" ? [update.title] : []));
    expect(titles).toEqual(["stream 1 fast"]);
  });

  test("thinks before it answers", async () => {
    const { seen, say } = await start();
    await say("think");
    expect(seen.text("agent_thought_chunk")).toContain("two ways");
    expect(seen.text()).toContain("the simpler way");
  });

  test("says what it can do", async () => {
    const { seen, say } = await start();
    await say("help");
    expect(seen.text()).toContain("stream 50");
  });

  test("sends 2 MB as one update", async () => {
    const { seen, say } = await start();
    expect(await say("big")).toMatchObject({ stop: "end_turn" });
    expect(seen.text().length).toBeGreaterThanOrEqual(2 * 1024 * 1024);
  });

  test("fails in words that pass unaltered, and takes the next prompt", async () => {
    const { say } = await start();
    const end = await say("fail");
    expect(end).toEqual({ stop: "error", error: expect.stringContaining("529 overloaded_error") });
    expect(await say("help")).toMatchObject({ stop: "end_turn" });
  });

  test("dies by a signal when asked to crash", async () => {
    const { seen, say } = await start();
    await expect(say("crash")).rejects.toMatchObject({ code: "E_AGENT", data: { signal: "SIGKILL" } });
    await seen.done;
    expect(seen.events.at(-1)).toMatchObject({ type: "ended", expected: false });
  });

  test("hangs until it is cancelled, and lives on", async () => {
    const { agent, say } = await start();
    const turn = say("hang");
    await agent.cancel();
    expect(await turn).toEqual({ stop: "cancelled" });
    expect(await say("help")).toMatchObject({ stop: "end_turn" });
  });

  test("stops in the middle of a stream", async () => {
    const { agent, seen, say } = await start(undefined, {}, 5);
    const turn = say("stream 100000");
    await seen.until(() => seen.text().includes("line 3\n"));
    await agent.cancel();
    expect(await turn).toEqual({ stop: "cancelled" });
    expect(seen.text()).not.toContain("line 1000\n");
  });
});

describe("editing", () => {
  test("asks, then really writes, and shows the difference", async () => {
    const { seen, say } = await start("allow_once");
    await say("edit");
    const written = await readFile(join(workspace, "kelpie-demo.md"), "utf8");
    expect(written).toContain("edit of turn 1");
    const [wait] = seen.ofType("wait");
    const { toolCall } = permissionRequest.parse(JSON.parse(wait?.wait.req ?? ""));
    expect(toolCall.content).toEqual([
      { type: "diff", path: join(workspace, "kelpie-demo.md"), oldText: null, newText: written },
    ]);
    expect(statuses(seen)).toEqual(["in_progress", "completed"]);
  });

  test("writes nothing when denied", async () => {
    const { seen, say } = await start("reject_once");
    expect(await say("edit")).toMatchObject({ stop: "end_turn" });
    await expect(readFile(join(workspace, "kelpie-demo.md"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(statuses(seen)).toEqual(["failed"]);
    expect(seen.text()).toContain("left the file alone");
  });

  test("asks once when told always, and never in mode accept-edits", async () => {
    const always = await start("allow_always");
    await always.say("edit then edit then edit");
    expect(always.seen.ofType("wait").length).toBe(1);
    const accepting = await start("reject_once", { mode: "accept-edits" });
    expect(accepting.seen.events[0] ?? { type: "opened", mode: "accept-edits" }).toMatchObject({
      mode: "accept-edits",
    });
    await accepting.say("edit");
    expect(accepting.seen.ofType("wait")).toEqual([]);
    expect(await readFile(join(workspace, "kelpie-demo.md"), "utf8")).toContain("edit of turn 1\n- edit of turn 1\n");
  });
});

describe("running", () => {
  test("asks, then runs in the workspace and shows its output and exit code", async () => {
    const { seen, say } = await start("allow_once");
    await say("run pwd; cat README.md; exit 3");
    const last = seen.ofType("update").findLast(({ params }) => params.update.sessionUpdate === "tool_call_update");
    expect(last?.params.update).toMatchObject({
      status: "failed",
      rawOutput: { exitCode: 3, signal: null },
      content: [{ content: { text: expect.stringContaining("# A project") } }],
    });
    expect(JSON.stringify(last)).toContain(workspace);
  });

  test("runs nothing when denied", async () => {
    const { seen, say } = await start("reject_once");
    await say("run touch made.txt");
    await expect(readFile(join(workspace, "made.txt"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(statuses(seen)).toEqual(["failed"]);
  });

  test("streams output, and cancel kills the command with all it started", async () => {
    const { agent, seen, say } = await start("allow_once");
    const turn = say("run echo pid $$; (sleep 1000 & echo pid $! ; wait)");
    const pidsSeen = (): number[] =>
      [...JSON.stringify(seen.ofType("update").slice(-1)).matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    await seen.until(() => pidsSeen().length === 2);
    const pids = pidsSeen();
    await agent.cancel();
    expect(await turn).toEqual({ stop: "cancelled" });
    await agent.close();
    for (const pid of pids) expect(await isRunning(pid)).toBe(false);
  });

  test("closing the agent in the middle of a command leaves nothing behind", async () => {
    const { agent, seen, say } = await start("allow_once");
    say("run echo up; sleep 1000").catch(() => undefined);
    await seen.until(() => JSON.stringify(seen.events).includes("up\\n"));
    expect(await agent.close()).toMatchObject({ forced: false });
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });
});

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z ");
  return !stat.includes(") Z ");
}

describe("asking, planning, waiting", () => {
  test("asks a question with choices and repeats the answer", async () => {
    const { agent, seen, say } = await start();
    const turn = say("ask");
    await seen.until(() => seen.ofType("wait").length === 1);
    const wait = seen.ofType("wait")[0]?.wait;
    expect(wait?.kind).toBe("question");
    await expect(agent.answer(wait?.key ?? "", { choices: [[7]] })).rejects.toMatchObject({ code: "E_SCHEMA" });
    await agent.answer(wait?.key ?? "", { choices: [[2]], text: "with nuts" });
    await turn;
    expect(seen.text()).toContain("You chose pistachio, with nuts.");
  });

  test("presents a plan and follows it step by step once accepted", async () => {
    const { seen, say } = await start("allow_once");
    await say("plan");
    const wait = seen.ofType("wait")[0]?.wait;
    expect(wait?.kind).toBe("plan");
    expect(planRequest.parse(JSON.parse(wait?.req ?? "")).plan).toContain("1. Look at what is there");
    const plans = seen
      .ofType("update")
      .flatMap(({ params: { update } }) =>
        update.sessionUpdate === "plan" ? [update.entries.map(({ status }) => status)] : [],
      );
    expect(plans.at(0)).toEqual(["in_progress", "pending", "pending"]);
    expect(plans.at(-1)).toEqual(["completed", "completed", "completed"]);
  });

  test("touches nothing in plan mode when its plan is sent back", async () => {
    const { seen, say } = await start("reject_once", { mode: "plan" });
    await say("edit");
    expect(seen.ofType("wait").map(({ wait }) => wait.kind)).toEqual(["plan"]);
    await expect(readFile(join(workspace, "kelpie-demo.md"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("leaves plan mode when its plan is accepted, and then works", async () => {
    const { seen, say } = await start("allow_always", { mode: "plan" });
    await say("edit");
    expect(JSON.stringify(seen.events)).toContain('"currentModeId":"accept-edits"');
    expect(await readFile(join(workspace, "kelpie-demo.md"), "utf8")).toContain("edit of turn 1");
  });

  test("waits on a limit that ends by the clock, and goes on", async () => {
    const { seen, say } = await start();
    const before = Date.now();
    expect(await say("limit 1s")).toMatchObject({ stop: "end_turn" });
    const wait = seen.ofType("wait")[0]?.wait;
    expect(wait).toMatchObject({ kind: "limit", req: '{"text":"Demo usage limit reached."}' });
    expect(wait?.until ?? 0).toBeGreaterThanOrEqual(before + 1_000);
    expect(seen.ofType("withdrawn")).toEqual([{ type: "withdrawn", key: wait?.key }]);
    expect(seen.text()).toContain("The limit is over");
    expect(Date.now()).toBeGreaterThanOrEqual(before + 1_000);
  });

  test("a limit can be cancelled, or waved through by a person", async () => {
    const { agent, seen, say } = await start();
    const first = say("limit 1h");
    await seen.until(() => seen.ofType("wait").length === 1);
    await agent.cancel();
    expect(await first).toEqual({ stop: "cancelled" });
    const second = say("limit 1h");
    await seen.until(() => seen.ofType("wait").length === 2);
    await agent.answer(seen.ofType("wait")[1]?.wait.key ?? "", {});
    expect(await second).toMatchObject({ stop: "end_turn" });
  });
});

describe("sessions", () => {
  test("shows a bit of everything to someone who says hello", async () => {
    const { seen, say } = await start("allow_once");
    await say("hello");
    expect(seen.text()).toContain("I read README.md, edited kelpie-demo.md, ran `ls`.");
    expect(seen.ofType("wait").map(({ wait }) => wait.kind)).toEqual(["permission", "permission"]);
  });

  test("is continued by another process, and its history is not told twice", async () => {
    const first = await start();
    await first.say("stream 3 fast");
    await first.agent.close();
    const [openedEvent] = first.seen.ofType("opened");
    const resume = openedEvent?.agentSession ?? "";
    const second = await start(undefined, { resume });
    await second.say("stream 1 fast");
    expect(second.seen.text()).toBe("line 1\n");
    expect(second.seen.ofType("opened")).toEqual([openedEvent]);
    await expect(start(undefined, { resume: "demo-none" })).rejects.toMatchObject({ code: "E_AGENT" });
  });

  test("changes mode and model, and keeps them", async () => {
    const { agent, seen, say } = await start();
    await agent.configure({ model: "demo-thorough" });
    await agent.configure({ mode: "accept-edits" });
    await seen.until(() => seen.ofType("opened").length === 3);
    expect(seen.ofType("opened").at(-1)).toMatchObject({ model: "demo-thorough", mode: "accept-edits" });
    await say("help");
    expect(seen.text("agent_thought_chunk")).toContain("thoroughly");
  });

  test("ends by itself when its stdin closes", async () => {
    const { agent } = await start();
    expect(await agent.close()).toMatchObject({ code: 0, signal: null, forced: false });
  });
});

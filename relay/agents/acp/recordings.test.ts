// Every recorded conversation of a real ACP agent, played by a fake agent program to the real driver.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAppError, type WaitAnswer, z } from "../../../schema/index.ts";
import type { AgentEvent, AgentProcess, OpenOptions, TurnEnd } from "../driver.ts";
import { isGroupAlive } from "../process-group.ts";
import { createAcpDriver } from "./acp-driver.ts";
import { ACP_AGENTS, acpCommandFacts } from "./facts.ts";
import { Collected } from "./test/collect.ts";
import { type Line, readRecording, recordingNames, updateKind } from "./test/recording.ts";

const PLAYER = join(import.meta.dirname, "test", "player.ts");
/** Recordings in which the agent never gets as far as a session. */
const REFUSED = [
  "codex-load-bad",
  "gemini-load-bad",
  "gemini-load-same-minute",
  "opencode-load-bad",
  "claude-load-run4",
];
/** Recordings in which a signal ends the agent in the middle of a turn. */
const KILLED = ["codex-sigterm", "opencode-sigterm", "gemini-sigterm"];

function driverFor(name: string) {
  const agent = name.slice(0, name.indexOf("-"));
  const known = ACP_AGENTS.find(({ id }) => id === agent) ?? acpCommandFacts({ id: agent, command: agent, args: [] });
  return createAcpDriver({
    facts: { ...known, command: process.execPath, args: [PLAYER, name], graceMs: 200 },
    now: () => 0,
    sleep: async () => undefined,
    detector: { detect: async () => ({ state: "ready" }) },
    forceKillAfterMs: 300,
  });
}

/** What a session would ask for, read off the recording. */
function openOptions(lines: readonly Line[]): OpenOptions {
  const load = lines.find(({ from, msg }) => from === "client" && /session\/(load|resume)/.test(String(msg["method"])));
  const before = lines.slice(
    0,
    lines.findIndex((line) => isPrompt(line)),
  );
  const mode = before.find(({ from, msg }) => from === "client" && msg["method"] === "session/set_mode");
  return {
    cwd: tmpdir(),
    env: {},
    ...(load === undefined
      ? {}
      : { resume: z.looseObject({ sessionId: z.string() }).parse(load.msg["params"]).sessionId }),
    ...(mode === undefined ? {} : { mode: z.looseObject({ modeId: z.string() }).parse(mode.msg["params"]).modeId }),
  };
}

function isPrompt({ from, msg }: Line): boolean {
  return from === "client" && msg["method"] === "session/prompt";
}

const promptParams = z.looseObject({ prompt: z.array(z.looseObject({ type: z.literal("text"), text: z.string() })) });
const selected = z.looseObject({ outcome: z.looseObject({ outcome: z.string(), optionId: z.optional(z.string()) }) });
const accepted = z.looseObject({ content: z.record(z.string(), z.string()) });

interface Played {
  readonly agent: AgentProcess;
  readonly seen: Collected;
  readonly ends: TurnEnd[];
}

/** Does what the recording client did, in its order. */
async function playThrough(name: string): Promise<Played> {
  const lines = readRecording(name);
  const agent = await driverFor(name).open(openOptions(lines));
  const seen = new Collected(agent);
  const ends: TurnEnd[] = [];
  const first = lines.findIndex((line) => isPrompt(line));
  let turn: Promise<TurnEnd> | undefined;
  let updates = newsOf(lines.slice(0, first)).length;
  let waits = 0;
  for (const line of lines.slice(first)) {
    const { from, msg } = line;
    if (updateKind(line) !== undefined) updates += 1;
    if (from !== "client") continue;
    if (isPrompt(line)) {
      if (turn !== undefined) ends.push(await turn);
      turn = agent.prompt(promptParams.parse(msg.params).prompt);
      turn.catch(() => undefined);
    } else if (msg.method === "session/cancel") {
      const before = updates;
      await seen.until(() => seen.ofType("update").length >= before);
      await agent.cancel();
    } else if (msg.method === "session/set_mode") {
      await turn;
      await agent.configure({ mode: z.looseObject({ modeId: z.string() }).parse(msg.params).modeId });
    } else if (msg.method === undefined && msg.error === undefined) {
      const nth = (waits += 1);
      const answer = answerOf(msg.result);
      if (answer === undefined) continue;
      await seen.until(() => seen.ofType("wait").length >= nth);
      const wait = seen.ofType("wait")[nth - 1]?.wait;
      await agent.answer(wait?.key ?? "", answer);
    }
  }
  if (turn !== undefined && !KILLED.includes(name)) ends.push(await turn);
  return { agent, seen, ends };
}

/** Undefined for a result that was no answer to a wait (a file read), or a cancelled one. */
function answerOf(result: unknown): WaitAnswer | undefined {
  const option = selected.safeParse(result).data?.outcome.optionId;
  if (option !== undefined) return { option };
  return accepted.safeParse(result).success ? { choices: [[1]] } : undefined;
}

/** The updates a session must hear of: everything but history that is replayed before the first prompt. */
function newsOf(lines: readonly Line[]): unknown[] {
  const isLoaded = lines.some(({ msg }) => /session\/(load|resume)/.test(String(msg["method"])));
  const first = lines.findIndex((line) => isPrompt(line));
  const history = /^(user_message_chunk|agent_message_chunk|agent_thought_chunk|tool_call|tool_call_update|plan)$/;
  return lines
    .filter((line, index) => {
      const kind = updateKind(line);
      return kind !== undefined && !(isLoaded && (first === -1 || index < first) && history.test(kind));
    })
    .map(({ msg }) => msg["params"]);
}

/** Results and errors of the recorded prompts, in order. */
function promptAnswers(lines: readonly Line[]): Line["msg"][] {
  const ids = lines.filter(isPrompt).map(({ msg }) => msg["id"]);
  return lines
    .filter(({ from, msg }) => from === "agent" && msg["method"] === undefined && ids.includes(msg["id"]))
    .map(({ msg }) => msg);
}

const recorded = recordingNames();

test("the recordings are there", () => {
  expect(recorded.length).toBeGreaterThan(50);
});

describe.concurrent.each(recorded.filter((name) => !REFUSED.includes(name) && !KILLED.includes(name)))("%s", (name) => {
  test("passes every update through unmodified, asks what was asked, and leaves nothing running", async () => {
    const lines = readRecording(name);
    const { agent, seen, ends } = await playThrough(name);
    await seen.until(() => seen.ofType("update").length >= newsOf(lines).length);
    const report = await agent.close();
    await seen.done;
    expect(report.stderr, "the driver strayed from the recording").toBe("");
    expect(seen.ofType("update").map(({ params }) => params)).toEqual(newsOf(lines));
    expect(seen.events[0]?.type).toBe("opened");
    expect(seen.events.at(-1)).toEqual({ type: "ended", report, expected: true });
    const asked = lines.filter(({ msg }) => /request_permission|elicitation/.test(String(msg["method"])));
    expect(seen.ofType("wait").length).toBe(asked.length);
    expect(ends.map(({ stop, error }) => error ?? stop)).toEqual(promptAnswers(lines).map(wordsOf));
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });
});

function wordsOf(answer: Line["msg"]): unknown {
  const error = z.looseObject({ error: z.looseObject({ message: z.string() }) }).safeParse(answer);
  if (error.success) return error.data.error.message;
  return z.looseObject({ result: z.looseObject({ stopReason: z.string() }) }).parse(answer).result.stopReason;
}

const refusal = z.looseObject({
  error: z.looseObject({ message: z.string(), data: z.optional(z.looseObject({ details: z.optional(z.string()) })) }),
});

function refusalWords({ message, data }: z.infer<typeof refusal>["error"]): string {
  return message === "Internal error" ? (data?.details ?? message) : message;
}

describe("sessions that cannot be continued", () => {
  test.each(REFUSED)("%s throws E_AGENT with the agent's own words and leaves nothing running", async (name) => {
    const lines = readRecording(name);
    const words = lines.flatMap(({ msg }) => refusal.safeParse(msg).data?.error ?? []).map(refusalWords);
    const opening = driverFor(name).open(openOptions(lines));
    const error = await opening.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(isAppError(error, "E_AGENT") && error.data["text"]).toBe(words[0]);
  });
});

describe("agents that are killed in a turn", () => {
  test.each(["codex-sigterm", "opencode-sigterm"])("%s rejects the prompt and reports the signal", async (name) => {
    const lines = readRecording(name);
    const agent = await driverFor(name).open(openOptions(lines));
    const seen = new Collected(agent);
    const turn = agent.prompt([{ type: "text", text: "go [[slow]]" }]);
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "ended", signal: "SIGTERM" } });
    await seen.done;
    expect(seen.ofType("update").map(({ params }) => params)).toEqual(newsOf(lines));
    expect(seen.events.at(-1)).toMatchObject({
      type: "ended",
      expected: false,
      report: { signal: "SIGTERM", forced: false },
    });
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });

  test("gemini that ignores SIGTERM is killed with its group, and that is told", async () => {
    const agent = await driverFor("gemini-sigterm").open({ cwd: tmpdir(), env: {} });
    const seen = new Collected(agent);
    const turn = agent.prompt([{ type: "text", text: "go [[slow]]" }]);
    turn.catch(() => undefined);
    await seen.until(() => seen.ofType("update").length >= 5);
    expect(await agent.close()).toMatchObject({ signal: "SIGKILL", forced: true });
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT" });
    expect(await isGroupAlive(agent.pid)).toBe(false);
  });
});

describe("details", () => {
  const waitOf = (seen: Collected, kind: string) => seen.ofType("wait").find(({ wait }) => wait.kind === kind)?.wait;

  test("a permission's request is the agent's params, serialised once", async () => {
    const { agent, seen } = await playThrough("codex-perm-allow");
    const asked = readRecording("codex-perm-allow").find(({ msg }) => msg["method"] === "session/request_permission");
    expect(JSON.parse(waitOf(seen, "permission")?.req ?? "")).toEqual(asked?.msg["params"]);
    await agent.close();
  });

  test("leaving plan mode is a plan to accept", async () => {
    const { agent, seen } = await playThrough("claude-plan");
    const req: unknown = JSON.parse(waitOf(seen, "plan")?.req ?? "");
    expect(req).toMatchObject({ plan: "# Plan\n\n1. Make a file\n2. Stop\n" });
    expect(waitOf(seen, "permission")).toBeDefined();
    await agent.close();
  });

  test("a form is a question with its choices", async () => {
    const { agent, seen } = await playThrough("claude-ask-user");
    expect(JSON.parse(waitOf(seen, "question")?.req ?? "")).toMatchObject({
      questions: [
        {
          question: "Which colour?",
          header: "Colour",
          multiSelect: false,
          options: [{ label: "Red" }, { label: "Blue", description: "Cold" }],
        },
      ],
    });
    await agent.close();
  });

  test.each([
    ["codex-plain", { inputTokens: expect.any(Number), cachedTokens: expect.any(Number) }],
    ["gemini-plain", { inputTokens: expect.any(Number), outputTokens: expect.any(Number) }],
    ["opencode-plain", { outputTokens: expect.any(Number), costUsd: expect.any(Number) }],
  ])("%s tells what the turn used", async (name, usage) => {
    const { agent, ends } = await playThrough(name);
    expect(ends[0]?.usage).toMatchObject(usage);
    await agent.close();
  });

  test("codex is asked to ask: its default mode is workspace-write, and the session says so", async () => {
    const { agent, seen } = await playThrough("codex-plain");
    expect(seen.events[0]).toMatchObject({ type: "opened", mode: "workspace-write" } satisfies Partial<AgentEvent>);
    await agent.close();
  });

  test("an agent that says it is logged out is heard, after its session is opened", async () => {
    const { agent, seen } = await playThrough("claude-auth-none");
    expect(seen.events.slice(0, 2)).toMatchObject([
      { type: "opened" },
      { type: "note", code: "logged-out", text: "Not logged in" },
    ]);
    await agent.close();
  });

  test("a 401 names the command that signs in, beside the vendor's words", async () => {
    const { agent, seen, ends } = await playThrough("codex-err401");
    expect(ends[0]?.error).toBe("Authentication required");
    expect(seen.ofType("note")).toContainEqual({ type: "note", code: "login", text: "codex login" });
    await agent.close();
  });
});

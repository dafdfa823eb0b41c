// The real claude behind the real driver, against a scripted model. Run by `npm run test:agents`.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLAUDE_VERSION } from "../../house/claude-cli.ts";
import { isGroupAlive } from "../process-group.ts";
import { startRealClaude, type OpenClaude } from "./test/real-claude.ts";
import { storyOfEvents } from "./test/story.ts";

/** Pieces of the slow script, 20 ms each, after which claude has surely written its session down. */
const SPOKEN_EVENTS = 50;

const story = ({ watch }: OpenClaude): string[] => storyOfEvents(watch.seen);

describe("an answer", () => {
  test("arrives as text in pieces, with what it cost", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const end = await claude.follow("text");
    expect(end).toMatchObject({ stop: "end_turn", usage: { inputTokens: 11, outputTokens: 7 } });
    expect(end.usage?.costUsd).toBeGreaterThan(0);
    expect(story(claude)).toContain("text Grüße! A scripted answer: 日本語 🎉 — done.");
    expect(claude.watch.seen.filter(({ type }) => type === "update").length).toBeGreaterThan(3);
  });

  test("arrives with the thoughts before it", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    await claude.follow("thinking");
    expect(story(claude)).toEqual(expect.arrayContaining(["thought First I think about it.", "text Then I answer."]));
  });

  test("of 2 MB arrives whole", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    expect(await claude.follow("big")).toMatchObject({ stop: "end_turn" });
    const text = story(claude).find((line) => line.startsWith("text ")) ?? "";
    expect(text.length - "text ".length).toBe(2 * 1024 * 1024);
  });

  test("cut off by the network is taken back, and the second one stands", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    expect(await claude.follow("cut")).toMatchObject({ stop: "end_turn" });
    const told = story(claude);
    expect(told).toContain("text A whole sentence.");
    expect(told.some((line) => line.startsWith("text This sentence"))).toBe(true);
    expect(told.filter((line) => line.startsWith("void"))).toHaveLength(1);
  });
});

describe("a tool", () => {
  test("runs when it is allowed", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash");
    const { wait } = await claude.watch.when("wait");
    expect(existsSync(join(real.cwd, "touched.txt"))).toBe(false);
    await claude.process.answer(wait.key, { option: "approve" });
    expect(await turn).toMatchObject({ stop: "end_turn" });
    expect(existsSync(join(real.cwd, "touched.txt"))).toBe(true);
    expect(story(claude)).toEqual(
      expect.arrayContaining(["wait permission Approve/Always allow/Deny", expect.stringMatching(/^ {2}… completed/)]),
    );
  });

  test("does not run when it is denied, and the model is told why", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash");
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { option: "deny", text: "Not that one." });
    expect(await turn).toMatchObject({ stop: "end_turn" });
    expect(existsSync(join(real.cwd, "touched.txt"))).toBe(false);
    expect(story(claude)).toContain(`  … failed "Not that one."`);
  });

  test("of a subagent in the background can still be allowed when its turn is over", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    expect(await claude.follow("background")).toMatchObject({ stop: "end_turn" });
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { option: "approve" });
    await expect.poll(() => existsSync(join(real.cwd, "touched.txt"))).toBe(true);
    await expect.poll(() => story(claude)).toContain("text The command is behind us.");
    expect(story(claude)).not.toContain("withdrawn");
  });

  test("allowed for the session is not asked for again, and leaves no settings behind", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash-twice");
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { option: "always" });
    await turn;
    const told = story(claude);
    expect(told.filter((line) => line.startsWith("wait"))).toHaveLength(1);
    expect(told.filter((line) => line.startsWith("  … completed"))).toHaveLength(2);
    expect(told).not.toContain("mode acceptEdits");
    expect(existsSync(join(real.cwd, ".claude"))).toBe(false);
  });

  test("that edits a file shows the change before and after it is made", async () => {
    await using real = await startRealClaude();
    const path = join(real.cwd, "old.txt");
    await writeFile(path, "alpha\nbeta\ngamma\n");
    const claude = await real.open();
    const turn = claude.follow("edit", { path });
    const { wait } = await claude.watch.when("wait");
    expect(JSON.parse(wait.req).toolCall.content).toEqual([{ type: "diff", path, oldText: "beta", newText: "BETA" }]);
    await claude.process.answer(wait.key, { option: "approve" });
    await turn;
    expect(readFileSync(path, "utf8")).toBe("alpha\nBETA\ngamma\n");
    expect(story(claude)).toContain("  … completed diff[alpha\nbeta\ngamma→alpha\nBETA\ngamma]");
  });
});

describe("a question from claude", () => {
  test("is answered by a choice", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("question");
    const { wait } = await claude.watch.when("wait");
    expect(wait.kind).toBe("question");
    await claude.process.answer(wait.key, { choices: [[1]] });
    await turn;
    expect(story(claude).some((line) => line.includes("Your questions have been answered"))).toBe(true);
  });

  test.each([
    ["several choices", [[1], [0, 1]], `"Which colour?"="Blue", "Which sizes?"="Small, Large"`],
    ["one of two passed over", [[1]], `"Which colour?"="Blue"`],
  ])("takes %s", async (_what, choices, told) => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("questions");
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { choices });
    expect(await turn).toMatchObject({ stop: "end_turn" });
    expect(claude.watch.seen.some((event) => JSON.stringify(event).includes(JSON.stringify(told).slice(1, -1)))).toBe(
      true,
    );
  });

  test("about a plan shows it, and approving it leaves plan mode", async () => {
    await using real = await startRealClaude();
    const claude = await real.open({ mode: "plan" });
    const turn = claude.follow("plan");
    const { wait } = await claude.watch.when("wait");
    expect(wait.kind).toBe("plan");
    expect(JSON.parse(wait.req).plan).toContain("1. Write a file");
    await claude.process.answer(wait.key, { option: "approve" });
    expect(await turn).toMatchObject({ stop: "end_turn" });
    expect(story(claude)).toContain("mode default");
  });

  test("is withdrawn when the turn is stopped", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash");
    const { wait } = await claude.watch.when("wait");
    await claude.process.cancel();
    expect(await turn).toMatchObject({ stop: "cancelled" });
    expect(claude.watch.seen).toContainEqual({ type: "withdrawn", key: wait.key });
    await expect(claude.process.answer(wait.key, { option: "approve" })).rejects.toMatchObject({ code: "E_RESOLVED" });
    expect(existsSync(join(real.cwd, "touched.txt"))).toBe(false);
    expect(await claude.follow("text")).toMatchObject({ stop: "end_turn" });
  });
});

describe("trouble at the provider", () => {
  test("529 is told as retries, and the answer comes", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    expect(await claude.follow("overloaded")).toMatchObject({ stop: "end_turn" });
    const told = story(claude);
    expect(told.filter((line) => line.startsWith("note retry: 529 overloaded, retry"))).toHaveLength(2);
    expect(told).toContain("text Back again.");
  });

  test.each([
    ["at once", "unauthorized", 1],
    ["after its retries", "unauthorized-retried", 2],
  ])("401 ends the turn %s with the vendor's exact text", async (_when, script, requests) => {
    await using real = await startRealClaude({ CLAUDE_CODE_MAX_RETRIES: "1" });
    const claude = await real.open();
    expect(await claude.follow(script)).toMatchObject({
      stop: "error",
      error: "Invalid API key · Fix external API key",
    });
    expect(story(claude).filter((line) => line.startsWith("text"))).toEqual([]);
    expect(real.provider.requests).toHaveLength(requests);
  });

  test("a used-up allowance is a limit with the time it ends, in the vendor's words", async () => {
    await using real = await startRealClaude();
    const { ANTHROPIC_API_KEY: _none, ...env } = real.env;
    const claude = await real.open({ env: { ...env, CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-made-up" } });
    const resetsAt = Math.floor(Date.now() / 1000) + 3_600;
    const end = await claude.follow("limit", { resetsAt: String(resetsAt) });
    expect(end).toMatchObject({
      stop: "error",
      error: expect.stringMatching(/^You've hit your 5-hour limit · resets/),
    });
    const { wait } = await claude.watch.when("wait");
    expect(wait).toMatchObject({ kind: "limit", until: resetsAt * 1000 });
    expect(JSON.parse(wait.req).text).toBe(end.error);
  });

  test("without any account it asks for a login in the vendor's words", async () => {
    await using real = await startRealClaude();
    const { ANTHROPIC_API_KEY: _none, ...env } = real.env;
    const claude = await real.open({ env });
    expect(await claude.follow("text")).toMatchObject({ stop: "error", error: "Not logged in · Please run /login" });
    const { wait } = await claude.watch.when("wait");
    expect(wait.kind).toBe("login");
    expect(JSON.parse(wait.req)).toEqual({ text: "Not logged in · Please run /login", command: "claude auth login" });
  });
});

describe("stopping and going on", () => {
  test("an interrupted turn keeps its text, and the next turn runs in the same process", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("slow");
    await claude.watch.when("update");
    await claude.process.cancel();
    expect(await turn).toMatchObject({ stop: "cancelled" });
    expect(await claude.follow("text")).toMatchObject({ stop: "end_turn" });
    const told = story(claude);
    expect(told.some((line) => line.startsWith("text The quick brown fox."))).toBe(true);
    expect(told.some((line) => line.startsWith("void"))).toBe(false);
  });

  test("a prompt stopped before claude has begun with it is cancelled too", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("slow");
    await claude.process.cancel();
    expect(await turn).toMatchObject({ stop: "cancelled" });
    expect(await claude.follow("text")).toMatchObject({ stop: "end_turn" });
  });

  test("a closed session is resumed by its id, with its history", async () => {
    await using real = await startRealClaude();
    const first = await real.open();
    await first.follow("text");
    const { agentSession } = await first.watch.when("opened");
    expect(await first.process.close()).toMatchObject({ code: 0, forced: false });
    const again = await real.open({ resume: agentSession });
    expect(await again.follow("thinking")).toMatchObject({ stop: "end_turn" });
    expect(await again.watch.when("opened")).toMatchObject({ agentSession });
    expect(real.provider.requests.at(-1)?.history).toEqual(["text", "thinking"]);
  });

  test("a fork has the history, a name of its own, and leaves the original as it was", async () => {
    await using real = await startRealClaude();
    const first = await real.open();
    await first.follow("text");
    const { agentSession } = await first.watch.when("opened");
    await first.process.close();
    const copy = await real.open({ resume: agentSession, fork: true });
    await copy.follow("thinking");
    expect(real.provider.requests.at(-1)?.history).toEqual(["text", "thinking"]);
    expect((await copy.watch.when("opened")).agentSession).not.toBe(agentSession);
    await copy.process.close();
    const again = await real.open({ resume: agentSession });
    await again.follow("text");
    expect(real.provider.requests.at(-1)?.history).toEqual(["text", "text"]);
  });

  test("a killed session fails its turn, takes back unconfirmed text, and is resumed", async () => {
    await using real = await startRealClaude();
    const first = await real.open();
    const turn = first.follow("slow");
    // Claude writes a session down some 50 ms after its first words; before that there is nothing to resume.
    await expect.poll(() => first.watch.seen.length, { timeout: 20_000 }).toBeGreaterThan(SPOKEN_EVENTS);
    process.kill(first.process.pid, "SIGKILL");
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT" });
    await first.watch.over;
    expect(first.watch.seen.at(-1)).toMatchObject({ type: "ended", expected: false, report: { signal: "SIGKILL" } });
    expect(story(first).filter((line) => line.startsWith("void"))).toHaveLength(1);
    const { agentSession } = await first.watch.when("opened");
    const again = await real.open({ resume: agentSession });
    expect(await again.follow("text")).toMatchObject({ stop: "end_turn" });
    expect(real.provider.requests.at(-1)?.history).toEqual(["slow", "text"]);
  });

  test("closing in the middle of a command leaves no process behind", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash", { command: "touch began.txt; sleep 4321" });
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { option: "approve" });
    await expect.poll(() => existsSync(join(real.cwd, "began.txt")), { timeout: 20_000 }).toBe(true);
    await claude.process.close();
    expect(await turn).toMatchObject({ stop: "cancelled" });
    expect(await isGroupAlive(claude.process.pid)).toBe(false);
    expect(processesIn(real.cwd)).toEqual([]);
  });

  test("a claude that is killed takes the command it runs with it", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    const turn = claude.follow("bash", { command: "touch began.txt; sleep 4321" });
    const { wait } = await claude.watch.when("wait");
    await claude.process.answer(wait.key, { option: "approve" });
    await expect.poll(() => existsSync(join(real.cwd, "began.txt")), { timeout: 20_000 }).toBe(true);
    process.kill(claude.process.pid, "SIGKILL");
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT" });
    await claude.watch.over;
    await expect.poll(() => processesIn(real.cwd), { timeout: 5_000 }).toEqual([]);
  });

  test("an unknown session is refused with the vendor's words, and nothing is left running", async () => {
    await using real = await startRealClaude();
    const unknown = "00000000-0000-4000-8000-000000000000";
    await expect(real.open({ resume: unknown })).rejects.toMatchObject({
      code: "E_AGENT",
      data: { reason: "resume-refused", text: `No conversation found with session ID: ${unknown}` },
    });
    expect(processesIn(real.cwd)).toEqual([]);
  });
});

describe("settings", () => {
  test("a mode is changed and reported; an unknown one is refused in claude's words", async () => {
    await using real = await startRealClaude();
    const claude = await real.open();
    await claude.process.configure({ mode: "acceptEdits" });
    const turn = claude.follow("write", { path: join(real.cwd, "new.txt") });
    expect(await turn).toMatchObject({ stop: "end_turn" });
    expect(readFileSync(join(real.cwd, "new.txt"), "utf8")).toBe("first\nsecond\n");
    expect(story(claude).filter((line) => line.startsWith("wait"))).toEqual([]);
    await expect(claude.process.configure({ mode: "bypassPermissions" })).rejects.toMatchObject({ code: "E_AGENT" });
  });

  test("the probe tells version, account and models, or what to do without them", async () => {
    await using real = await startRealClaude();
    const ready = await real.driver.probe();
    expect(ready).toMatchObject({ state: "ready", version: CLAUDE_VERSION, account: "API key (ANTHROPIC_API_KEY)" });
    expect(ready.models.map(({ id }) => id)).toContain("sonnet");
    await using bare = await startRealClaude({ ANTHROPIC_API_KEY: "" });
    expect(await bare.driver.probe()).toMatchObject({ state: "logged-out", version: CLAUDE_VERSION });
  });
});

/** Processes that work in this folder or below (Linux; elsewhere nothing is known and the list is empty). */
function processesIn(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => workingFolder(pid)?.startsWith(folder) === true);
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It ended between the listing and the reading, or it is not ours to look at.
    return undefined;
  }
}

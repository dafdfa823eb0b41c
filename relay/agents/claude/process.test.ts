import { describe, expect, test } from "vitest";
import { isAppError } from "../../../schema/index.ts";
import { ClaudeProcess } from "./process.ts";
import { EventWatch } from "./test/event-watch.ts";
import { createFakeClaude, type FakeClaude } from "./test/fake-claude.ts";
import { readRecording } from "./test/recording.ts";
import { storyOfEvents } from "./test/story.ts";

const TEXT = [{ type: "text", text: "go" }] as const;
const RESULT = { type: "result", subtype: "success", is_error: false, stop_reason: "end_turn", result: "ok" };
const INIT = { type: "system", subtype: "init", session_id: "s1", model: "m", permissionMode: "default" };

function start(): { fake: FakeClaude; claude: ClaudeProcess; watch: EventWatch } {
  const fake = createFakeClaude();
  const claude = new ClaudeProcess({ child: fake.child, now: () => 0 });
  return { fake, claude, watch: new EventWatch(claude.events) };
}

function askToRun(id: string): unknown {
  const input = { command: `touch ${id}` };
  return {
    type: "control_request",
    request_id: id,
    request: { subtype: "can_use_tool", tool_name: "Bash", input, tool_use_id: `t-${id}` },
  };
}

/** The id a control request of ours carries, if the line is one. */
function requestOf(line: Record<string, unknown>): { id: string; subtype: unknown } | undefined {
  if (line["type"] !== "control_request" || typeof line["request_id"] !== "string") return undefined;
  const { subtype } = Object(line["request"]);
  return { id: line["request_id"], subtype };
}

function succeed(fake: FakeClaude, id: string, response: unknown = {}): void {
  fake.say({ type: "control_response", response: { subtype: "success", request_id: id, response } });
}

describe("a turn", () => {
  test("ends with the result line and gives the next one its turn", async () => {
    const { fake, claude, watch } = start();
    fake.onTold = () => fake.say(RESULT);
    fake.say(INIT);
    expect(await claude.prompt(TEXT)).toMatchObject({ stop: "end_turn" });
    expect(await claude.prompt(TEXT)).toMatchObject({ stop: "end_turn" });
    expect(fake.told).toEqual(
      [1, 2].map(() => ({ type: "user", message: { role: "user", content: TEXT }, parent_tool_use_id: null })),
    );
    await claude.close();
    await watch.over;
  });

  test("is not ended by a result that a background task began", async () => {
    const { fake, claude } = start();
    fake.onTold = () => {
      fake.say({ ...RESULT, origin: { kind: "task-notification" }, result: "background" });
      fake.say({ ...RESULT, stop_reason: "max_tokens" });
    };
    expect(await claude.prompt(TEXT)).toMatchObject({ stop: "max_tokens" });
  });

  test("does not end before its events have been dealt with", async () => {
    const fake = createFakeClaude();
    const claude = new ClaudeProcess({ child: fake.child, now: () => 0 });
    const events = claude.events[Symbol.asyncIterator]();
    const first = events.next();
    const order: string[] = [];
    const turn = claude.prompt(TEXT).then(() => order.push("turn"));
    fake.say(INIT);
    fake.say({ type: "system", subtype: "informational", content: "last" });
    fake.say(RESULT);
    await first;
    order.push("opened");
    const second = await events.next();
    await new Promise(setImmediate);
    order.push(`note ${second.done === true ? "" : second.value.type}`);
    const third = events.next();
    await turn;
    expect(order).toEqual(["opened", "note note", "turn"]);
    await claude.close();
    expect(await third).toMatchObject({ value: { type: "ended" } });
  });

  test("waits for a reader that is behind instead of keeping all it says", async () => {
    const fake = createFakeClaude();
    const claude = new ClaudeProcess({ child: fake.child, now: () => 0 });
    const words = "x".repeat(64 * 1024);
    let said = 0;
    for (let hasRoom = true; hasRoom && said < 1000; said += 1) {
      hasRoom = fake.say({ type: "assistant", message: { id: `m${said}`, content: [{ type: "text", text: words }] } });
      await new Promise(setImmediate);
    }
    // 4 MiB of events and 1 MiB of lines, and not the 64 MB it might have said.
    expect(said).toBeLessThan(100);
    const watch = new EventWatch(claude.events);
    await claude.close();
    await watch.over;
    expect(watch.seen).toHaveLength(said + 1);
  });

  test("has been seen whole when it ends", async () => {
    const { fake, claude, watch } = start();
    fake.onTold = () => {
      fake.say(INIT);
      fake.say({ type: "assistant", message: { id: "m1", content: [{ type: "text", text: "all of it" }] } });
      fake.say(RESULT);
    };
    await claude.prompt(TEXT);
    expect(storyOfEvents(watch.seen)).toEqual(["opened m default", "text all of it"]);
  });

  test("refuses a second prompt meanwhile as misuse", async () => {
    const { fake, claude } = start();
    const first = claude.prompt(TEXT);
    await expect(claude.prompt(TEXT)).rejects.toThrow(TypeError);
    fake.say(RESULT);
    await first;
  });

  test("fails with the last words of stderr when claude ends without a result", async () => {
    const { fake, claude, watch } = start();
    fake.say(INIT);
    const turn = claude.prompt(TEXT);
    fake.say(askToRun("a"));
    await watch.when("wait");
    fake.exit({ code: 1, stderr: "cannot be used with root\n" });
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT", data: { text: "cannot be used with root" } });
    await watch.over;
    expect(storyOfEvents(watch.seen)).toEqual([
      "opened m default",
      "wait permission Approve/Deny",
      "withdrawn",
      "ended 1",
    ]);
    await expect(claude.prompt(TEXT)).rejects.toMatchObject({ code: "E_AGENT" });
  });

  test("is cut short by a line over the limit, and the process ended", async () => {
    const { fake, claude, watch } = start();
    const turn = claude.prompt(TEXT);
    fake.say("x".repeat(1024 * 1024 + 1));
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "line-too-long" } });
    await watch.when("ended");
  });

  test("is over when claude closes its stdout and lives on: it can say nothing more, so it is ended", async () => {
    const { fake, claude, watch } = start();
    const turn = claude.prompt(TEXT);
    fake.closeOutput();
    await expect(turn).rejects.toMatchObject({ code: "E_AGENT", data: { reason: "ended" } });
    await watch.when("ended");
  });
});

describe("an answer", () => {
  test("goes to the request it belongs to, once", async () => {
    const { fake, claude, watch } = start();
    fake.say(askToRun("a"));
    fake.say(askToRun("b"));
    await watch.when("wait", ({ wait }) => wait.key === "b");
    await claude.answer("b", { option: "deny", text: "Not now." });
    await claude.answer("a", { option: "approve" });
    expect(fake.told.map((line) => line["response"])).toEqual([
      { request_id: "b", subtype: "success", response: { behavior: "deny", message: "Not now." } },
      { request_id: "a", subtype: "success", response: { behavior: "allow", updatedInput: { command: "touch a" } } },
    ]);
    await expect(claude.answer("a", { option: "approve" })).rejects.toMatchObject({ code: "E_RESOLVED" });
  });

  test("is refused after claude withdrew the question", async () => {
    const { fake, claude, watch } = start();
    fake.say(askToRun("a"));
    fake.say({ type: "control_cancel_request", request_id: "a" });
    await watch.when("withdrawn");
    await expect(claude.answer("a", { option: "approve" })).rejects.toMatchObject({ code: "E_RESOLVED" });
    expect(fake.told).toEqual([]);
  });

  test("that does not fit leaves the wait open", async () => {
    const { fake, claude, watch } = start();
    fake.say(askToRun("a"));
    await watch.when("wait");
    await expect(claude.answer("a", { option: "nonsense" })).rejects.toMatchObject({ code: "E_SCHEMA" });
    await claude.answer("a", { option: "approve" });
    expect(fake.told).toHaveLength(1);
  });
});

describe("control", () => {
  test("tells claude's own words when it refuses a mode", async () => {
    const { fake, claude } = start();
    fake.onTold = (line) => {
      const id = requestOf(line)?.id;
      fake.say({ type: "control_response", response: { subtype: "error", request_id: id, error: "No such mode" } });
    };
    const refused = await claude.configure({ mode: "nonsense" }).catch((error: unknown) => error);
    expect(isAppError(refused, "E_AGENT") && refused.data["text"]).toBe("No such mode");
  });

  test("answers requests for services it does not have, so that claude does not wait", async () => {
    const { fake } = start();
    const answered = new Promise((resolve) => (fake.onTold = resolve));
    fake.say({ type: "control_request", request_id: "h", request: { subtype: "hook_callback" } });
    expect(await answered).toMatchObject({ response: { subtype: "error", request_id: "h" } });
  });

  test("does nothing on cancel without a turn", async () => {
    const { fake, claude } = start();
    await claude.cancel();
    expect(fake.told).toEqual([]);
  });

  test("stops the running turn before it closes, so that the agent's commands end too", async () => {
    const { fake, claude, watch } = start();
    const turn = claude.prompt(TEXT);
    fake.onTold = (line) => {
      const request = requestOf(line);
      if (request === undefined) return;
      succeed(fake, request.id);
      fake.say({ ...RESULT, is_error: true, subtype: "error_during_execution", terminal_reason: "aborted_tools" });
    };
    const report = await claude.close();
    expect(await turn).toMatchObject({ stop: "cancelled" });
    expect(report.code).toBe(0);
    expect(fake.told.map((line) => requestOf(line)?.subtype)).toEqual([undefined, "interrupt"]);
    expect(await claude.close()).toBe(report);
    await watch.over;
    expect(watch.seen.at(-1)).toMatchObject({ type: "ended", expected: true });
  });
});

/** Plays a recording: what claude wrote comes when it came, after what it had been told by then. */
async function replay(
  name: string,
  drive: (claude: ClaudeProcess, watch: EventWatch) => Promise<void>,
): Promise<string[]> {
  const { fake, claude, watch } = start();
  const steps = readRecording(name);
  const ids = new Map<string, string>();
  const sayUntilNextInput = (): void => {
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      if (step.dir === "eof") continue;
      if (step.dir === "in") return;
      fake.say(
        Object.entries(Object.fromEntries(ids)).reduce(
          (line, [from, to]) => line.replaceAll(`"${from}"`, `"${to}"`),
          JSON.stringify(step.msg),
        ),
      );
    }
  };
  const wanted = steps.filter(({ dir }) => dir === "in").map(({ msg }) => msg);
  fake.onTold = (line) => {
    const expected = wanted.shift();
    const theirs = requestOf(Object(expected));
    const ours = requestOf(line);
    // Our request ids differ from the recorded ones; everything else must be what claude was told then.
    if (theirs !== undefined && ours !== undefined) ids.set(theirs.id, ours.id);
    expect(line["type"]).toBe(Object(expected)["type"]);
    if (line["type"] === "control_response") expect(line).toEqual(expected);
    sayUntilNextInput();
  };
  sayUntilNextInput();
  await drive(claude, watch);
  expect(wanted).toEqual([]);
  await claude.close();
  await watch.over;
  return storyOfEvents(watch.seen);
}

describe("recorded conversations", () => {
  test("control-ask-user: a question is answered by the label chosen", async () => {
    const story = await replay("control-ask-user.run1", async (claude, watch) => {
      await claude.initialize(1000);
      const turn = claude.prompt(TEXT);
      const { wait } = await watch.when("wait");
      await claude.answer(wait.key, { choices: [[1]] });
      expect(await turn).toMatchObject({ stop: "end_turn" });
    });
    expect(story).toContain("wait question Which colour?");
    expect(story).toContain("text You chose Blue.");
  });

  test("control-plan: a plan is shown and accepted, and the mode changes", async () => {
    const story = await replay("control-plan.run1", async (claude, watch) => {
      await claude.initialize(1000);
      const turn = claude.prompt(TEXT);
      const plan = await watch.when("wait", ({ wait }) => wait.kind === "plan");
      expect(JSON.parse(plan.wait.req).plan).toBe("# Plan\n1. Write a file\n2. Done");
      await claude.answer(plan.wait.key, { option: "approve" });
      const write = await watch.when("wait", ({ wait }) => wait.kind === "permission");
      await claude.answer(write.wait.key, { option: "approve" });
      expect(await turn).toMatchObject({ stop: "end_turn" });
    });
    expect(story).toEqual([
      "opened claude-opus-5-5 plan",
      "tool Plan (switch_mode) pending",
      `  Plan in_progress "# Plan\n1. Write a file\n2. Done"`,
      "wait plan Approve/Deny",
      "mode default",
      `  … completed "User has approved exiting plan mode. You"`,
      "tool Write (edit) pending",
      "  Write p.txt in_progress diff[∅→p]",
      "wait permission Approve/Always allow/Deny",
      "  … completed diff[∅→p]",
      "text Plan carried out.",
      "usage 12 of 1000000",
      "ended 0 as asked",
    ]);
  });

  test("control-interrupt: the turn is cancelled, its text stays, and the next one runs", async () => {
    const story = await replay("control-interrupt.run1", async (claude, watch) => {
      await claude.initialize(1000);
      const turn = claude.prompt(TEXT);
      await watch.when("update");
      await claude.cancel();
      expect(await turn).toMatchObject({ stop: "cancelled" });
      const next = await claude.prompt(TEXT);
      expect(next.stop).toBe("end_turn");
      // 0.001028 in all, 0.000844 of it in the turn before.
      expect(next.usage?.costUsd).toBeCloseTo(0.000184, 9);
    });
    expect(story.filter((line) => line.startsWith("text"))).toEqual([
      "text The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog. The quick brown fox jumps over",
      "text Here again.",
    ]);
    expect(story.some((line) => line.startsWith("void"))).toBe(false);
  });
});

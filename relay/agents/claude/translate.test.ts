import { describe, expect, test } from "vitest";
import { outputLines } from "./test/recording.ts";
import { storyOf } from "./test/story.ts";
import { ClaudeTranslator, type ClaudeFact } from "./translate.ts";

const NOON = Date.UTC(2026, 10, 20, 12);

function translatorAtNoon(): ClaudeTranslator {
  return new ClaudeTranslator({ now: () => NOON });
}

function translate(values: readonly unknown[], translator = translatorAtNoon()): ClaudeFact[] {
  return values.flatMap((value) => translator.line(JSON.stringify(value)));
}

function recorded(name: string): string[] {
  const translator = translatorAtNoon();
  return storyOf([...outputLines(name).flatMap((line) => translator.line(line)), ...translator.finish()]);
}

const says = (id: string, ...content: unknown[]): unknown => ({ type: "assistant", message: { id, content } });
const text = (value: string): unknown => ({ type: "text", text: value });
const streams = (id: string, event: unknown): unknown => ({ type: "stream_event", api_message_id: id, event });
const begins = (id: string): unknown => streams(id, { type: "message_start", message: { id } });
const stops = (id: string): unknown => streams(id, { type: "message_stop" });
const result = (fields: object = {}): unknown => ({
  type: "result",
  is_error: false,
  stop_reason: "end_turn",
  ...fields,
});

function piece(id: string, index: number, words: string, type = "text"): unknown[] {
  return [
    streams(id, { type: "content_block_start", index, content_block: { type } }),
    streams(id, { type: "content_block_delta", index, delta: { type: `${type}_delta`, [type]: words } }),
  ];
}

describe("recorded runs", () => {
  test("text in deltas comes out once, and the session is named first", () => {
    expect(recorded("text-partial.run1")).toEqual([
      "opened claude-opus-5-5 default",
      expect.stringMatching(/^text Grüße! Unicode: 日本語 🎉👩‍💻 — “quotes”/),
      "usage 12 of 1000000",
      "turn end_turn",
    ]);
  });

  test("thoughts and text are told apart", () => {
    expect(recorded("thinking.run1")).toEqual([
      "opened claude-opus-5-5 default",
      "thought The user wants a greeting. I should be brief and kind.",
      "text Hi there.",
      "usage 12 of 1000000",
      "turn end_turn",
    ]);
  });

  test("files written and edited are diffs", () => {
    expect(recorded("write-edit.run1")).toEqual([
      "opened claude-opus-5-5 acceptEdits",
      "tool Write new.txt (edit) in_progress",
      "  … completed diff[∅→first\nsecond\n]",
      "tool Read old.txt (read) in_progress",
      `  … completed "1\talpha\n2\tbeta\n3\tgamma\n4\t"`,
      "tool Edit old.txt (edit) in_progress",
      "  … completed diff[alpha\nbeta\ngamma→alpha\nBETA\ngamma]",
      "text Both files are in place.",
      "usage 12 of 1000000",
      "turn end_turn",
    ]);
  });

  test("permissions allowed, denied, and allowed with a changed input", () => {
    const story = recorded("control-permission.run1");
    expect(story.filter((line) => line.startsWith("wait"))).toEqual([
      "wait permission Approve/Always allow/Deny",
      "wait permission Approve/Always allow/Deny",
      "wait permission Approve/Always allow/Deny",
    ]);
    expect(story).toContain(`  … failed "Not that one, please."`);
    // The user changed the text in the answer: what was written counts, not what was asked.
    expect(story).toContain("  … completed diff[∅→changed by the user]");
    expect(story).toContain("mode acceptEdits");
    expect(story.filter((line) => line === "turn end_turn")).toHaveLength(2);
  });

  test("a subagent's work is nested below its call", () => {
    expect(recorded("subagent.run1")).toEqual([
      "opened claude-opus-5-5 default",
      "tool Agent (think) pending",
      `  Sub job in_progress "SUBJOB: run echo"`,
      "tool echo inside (execute) in_progress (nested)",
      `  … completed "inside" (nested)`,
      expect.stringMatching(/^ {2}… completed/),
      "text The subagent said: inside.",
      "usage 12 of 1000000",
      "turn end_turn",
    ]);
  });

  test("retries are notes, and what they were about follows", () => {
    expect(recorded("overloaded.run1")).toEqual([
      "opened claude-opus-5-5 default",
      "note retry: 529 overloaded, retry 1 of 10 in 0.6 s",
      "note retry: 529 overloaded, retry 2 of 10 in 1.1 s",
      "text Back again.",
      "usage 12 of 1000000",
      "turn end_turn",
    ]);
  });

  test("a refused key is an error in the vendor's words and no answer, although its subtype is success", () => {
    expect(recorded("auth-bad-key.run1")).toEqual([
      "opened claude-opus-5-5 default",
      "turn error: Invalid API key · Fix external API key",
    ]);
  });

  test("no account is an error and a login to be done", () => {
    expect(recorded("auth-none.run1")).toEqual([
      "opened claude-opus-5-5 default",
      "wait login Not logged in · Please run /login",
      "turn error: Not logged in · Please run /login",
      "withdrawn",
    ]);
  });

  test("an interrupt is a cancelled turn that keeps its text", () => {
    const story = recorded("sigint.run1");
    expect(story.at(-1)).toBe("turn cancelled");
    expect(story.filter((line) => line.startsWith("void"))).toEqual([]);
  });

  test("a process that ends without a result has no turn, and its unconfirmed text is void", () => {
    const story = recorded("sigterm.run1");
    expect(story.filter((line) => line.startsWith("turn"))).toEqual([]);
    expect(story.at(-1)).toBe("void msg_fake0001.0");
  });

  test("limits of turns and of budget are told apart from success", () => {
    expect(recorded("limits.run1").at(-1)).toBe("turn max_turn_requests: Reached maximum number of turns (1)");
    expect(recorded("limits.run2").at(-1)).toBe("turn max_turn_requests: Reached maximum budget ($0.01)");
  });

  test("the turn of a background task that ended is not the user's", () => {
    const turns = recorded("background-bash.run1").filter((line) => line.startsWith("turn"));
    expect(turns).toEqual(["turn end_turn", "turn end_turn (background)"]);
  });

  test("a new turn in the same process does not open the session again", () => {
    const opened = recorded("multi-turn-stdin.run1").filter((line) => line.startsWith("opened"));
    expect(opened).toHaveLength(1);
  });
});

describe("streamed text that is not confirmed", () => {
  test("is void when the message stops, and the next message stands", () => {
    const facts = translate([begins("m1"), ...piece("m1", 0, "Half a"), stops("m1"), says("m2", text("Whole."))]);
    expect(storyOf(facts)).toEqual(["text Half a", "void m1.0", "text Whole."]);
  });

  test("is void from the first block without an assistant line on", () => {
    const facts = translate([
      begins("m1"),
      ...piece("m1", 0, "Kept."),
      says("m1", text("Kept.")),
      ...piece("m1", 1, "Lost"),
      stops("m1"),
    ]);
    expect(storyOf(facts)).toEqual(["text Kept.", "text Lost", "void m1.1"]);
  });

  test("is void when another message begins, a retry is told, or the turn ends", () => {
    const half = [begins("m1"), ...piece("m1", 0, "Half")];
    const retry = { type: "system", subtype: "api_retry", error: "overloaded" };
    expect(storyOf(translate([...half, begins("m2")]))).toContain("void m1.0");
    expect(storyOf(translate([...half, retry]))).toEqual(["text Half", "void m1.0", "note retry: overloaded"]);
    expect(storyOf(translate([...half, result()]))).toEqual(["text Half", "void m1.0", "turn end_turn"]);
  });

  test("takes an announced tool call with it", () => {
    const block = { type: "tool_use", id: "t1", name: "Write" };
    const facts = translate([
      begins("m1"),
      streams("m1", { type: "content_block_start", index: 0, content_block: block }),
      stops("m1"),
    ]);
    expect(storyOf(facts)).toEqual(["tool Write (edit) pending", "  … failed"]);
  });

  test("is replaced when the assistant line says something else", () => {
    const facts = translate([begins("m1"), ...piece("m1", 0, "Wrong"), says("m1", text("Right"))]);
    expect(storyOf(facts)).toEqual(["text Wrong", "void m1.0", "text Right"]);
  });

  test("is completed when the assistant line says more", () => {
    const facts = translate([begins("m1"), ...piece("m1", 0, "One, "), says("m1", text("One, two."))]);
    expect(storyOf(facts)).toEqual(["text One, two."]);
  });

  test("of a subagent does not end that of the main conversation", () => {
    const nested = {
      type: "stream_event",
      api_message_id: "n1",
      parent_tool_use_id: "t9",
      event: { type: "message_start" },
    };
    const facts = translate([begins("m1"), ...piece("m1", 0, "Still "), nested, ...piece("m1", 0, "here").slice(1)]);
    expect(storyOf(facts)).toEqual(["text Still here"]);
  });
});

describe("what stands in the way", () => {
  const failed = (fields: object, said: object): unknown[] => [
    { type: "assistant", is_api_error_message: true, message: { id: "e", content: [] }, ...said },
    result({ is_error: true, ...fields }),
  ];

  test("a usage limit ends when the rate limit event says", () => {
    const event = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: NOON / 1000 + 60 } };
    const facts = translate([event, ...failed({ result: "You've hit your limit" }, { error: "rate_limit" })]);
    expect(facts[0]).toMatchObject({ event: { wait: { kind: "limit", until: NOON + 60_000 } } });
    expect(storyOf(facts)).toEqual(["wait limit You've hit your limit", "turn error: You've hit your limit"]);
  });

  test("a usage limit with a time of day ends at its next occurrence", () => {
    const words = "You've hit your session limit · resets 3:30pm (UTC)";
    const [fact] = translate(failed({ result: words }, {}));
    expect(fact).toMatchObject({ event: { wait: { until: NOON + 3.5 * 3_600_000 } } });
  });

  test("a limit and a login stay open until the next prompt is tried", () => {
    const translator = translatorAtNoon();
    translate(failed({ result: "Not logged in · Please run /login" }, { error: "authentication_failed" }), translator);
    expect(storyOf(translate([result()], translator))).toEqual(["turn end_turn"]);
    expect(storyOf(translator.promptStarts())).toEqual(["withdrawn"]);
    expect(translator.promptStarts()).toEqual([]);
  });

  test("a refusal for sending too fast is no usage limit", () => {
    const words = "API Error: Request rejected (429) · This request would exceed your account's rate limit.";
    expect(storyOf(translate(failed({ result: words }, { error: "rate_limit" })))).toEqual([`turn error: ${words}`]);
  });

  test("an ordinary failure is no usage limit although one was told of before", () => {
    const info = { status: "rejected", resetsAt: NOON / 1000 + 60, isUsingOverage: true };
    const event = { type: "rate_limit_event", rate_limit_info: info };
    const facts = translate([event, ...failed({ result: "API Error: 500" }, { error: "server_error" })]);
    expect(storyOf(facts)).toEqual(["turn error: API Error: 500"]);
  });

  test("an ordinary failure opens no wait", () => {
    const facts = translate(failed({ result: "API Error: 500" }, { error: "server_error" }));
    expect(storyOf(facts)).toEqual(["turn error: API Error: 500"]);
  });

  test("a failed background turn is told as a note", () => {
    const facts = translate([result({ is_error: true, result: "Broken", origin: { kind: "task-notification" } })]);
    expect(storyOf(facts)).toEqual(["note error: Broken", "turn error: Broken (background)"]);
  });
});

describe("open ends", () => {
  const call = says("m1", { type: "tool_use", id: "t1", name: "Bash", input: { command: "sleep 9" } });
  const ask = (tool: string): unknown => ({
    type: "control_request",
    request_id: `ask-${tool}`,
    request: { subtype: "can_use_tool", tool_name: "Bash", input: { command: "x" }, tool_use_id: tool },
  });
  const nestedCall = {
    type: "assistant",
    parent_tool_use_id: "t0",
    message: { id: "n1", content: [{ type: "tool_use", id: "t2", name: "Bash", input: { command: "y" } }] },
  };

  test("tool calls and questions of a turn end with it", () => {
    expect(storyOf(translate([call, ask("t1"), result()]))).toEqual([
      "tool sleep 9 (execute) in_progress",
      "wait permission Approve/Deny",
      "withdrawn",
      "  … failed",
      "turn end_turn",
    ]);
  });

  test("those of a subagent in the background outlive an ordinary end, but not a stop", () => {
    const translator = translatorAtNoon();
    expect(storyOf(translate([nestedCall, ask("t2"), result()], translator)).slice(2)).toEqual(["turn end_turn"]);
    const stopped = translate([result({ is_error: true, terminal_reason: "aborted_tools" })], translator);
    expect(storyOf(stopped)).toEqual(["withdrawn", "  … failed (nested)", "turn cancelled"]);
  });

  test("those of a subagent in the background outlive a turn that failed: claude still waits for their answers", () => {
    const translator = translatorAtNoon();
    translate([nestedCall, ask("t2")], translator);
    const failed = translate([result({ is_error: true, result: "API Error: 500" })], translator);
    expect(storyOf(failed)).toEqual(["turn error: API Error: 500"]);
    expect(translator.answer("ask-t2", { option: "approve" })).toMatchObject({ behavior: "allow" });
  });

  test("the end of the output ends everything, once", () => {
    const translator = translatorAtNoon();
    translate([call, nestedCall, ask("t1"), ask("t2")], translator);
    expect(storyOf(translator.finish())).toEqual(["withdrawn", "withdrawn", "  … failed", "  … failed (nested)"]);
    expect(translator.finish()).toEqual([]);
  });
});

test("a conversation that claude shortened says so, and why it could not", () => {
  const boundary = { type: "system", subtype: "compact_boundary" };
  const done = translate([
    { type: "system", subtype: "status", status: "compacting" },
    { type: "system", subtype: "status", status: null, compact_result: "success" },
    { ...boundary, compact_metadata: { trigger: "auto", pre_tokens: 180_000, post_tokens: 2_617 } },
    boundary,
  ]);
  expect(storyOf(done)).toEqual(["note compact: 180000 → 2617 tokens", "note compact: "]);
  const failed = { type: "system", subtype: "status", compact_result: "failed", compact_error: "Overloaded" };
  expect(storyOf(translate([failed]))).toEqual(["note warning: Overloaded"]);
});

test("cost is told per turn although claude adds it up", () => {
  const facts = translate([result({ total_cost_usd: 0.25 }), result({ total_cost_usd: 1 })]);
  expect(facts).toMatchObject([{ end: { usage: { costUsd: 0.25 } } }, { end: { usage: { costUsd: 0.75 } } }]);
});

test("a to-do list is a plan", () => {
  const todos = [{ content: "Look", status: "completed", activeForm: "Looking" }];
  const facts = translate([says("m1", { type: "tool_use", id: "t1", name: "TodoWrite", input: { todos } })]);
  expect(facts[1]).toMatchObject({
    event: { params: { update: { sessionUpdate: "plan", entries: [{ content: "Look", status: "completed" }] } } },
  });
});

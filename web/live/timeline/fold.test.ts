import { describe, expect, it } from "vitest";
import { randomId, type CommandRef, type DeviceId, type WaitId } from "../../../schema/index.ts";
import type { TimelineEntry, WaitView } from "../model.ts";
import type { FoldContext, FoldedWait } from "./context.ts";
import { TimelineFold } from "./fold.ts";
import { applySplices } from "./splices.ts";

const me = randomId<DeviceId>();
const of: CommandRef = [me, 1, 7];
const wid = randomId<WaitId>();

const context: FoldContext = {
  nameOf: (by) => (by === me ? "you" : by),
  ownCommand: () => null,
  waitView: ({ wid: id, request, kind, since }: FoldedWait): WaitView => ({
    ...{ machine: randomIdOf, machineName: "m", session: randomIdOf2, sessionTitle: "t", agent: "demo", project: "p" },
    cwd: "",
    ...{ wid: id, request, kind, since, answering: null },
  }),
};
const randomIdOf = randomId<WaitView["machine"]>();
const randomIdOf2 = randomId<WaitView["session"]>();

const acp = (update: object) => ({ k: "acp", u: { sessionId: "s", update } });
const text = (words: string, messageId?: string, more: object = {}) =>
  acp({
    sessionUpdate: "agent_message_chunk",
    content: { type: "text", text: words },
    ...(messageId ? { messageId } : {}),
    ...more,
  });
const thought = (words: string) =>
  acp({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: words } });
const tool = (id: string, more: object) => acp({ sessionUpdate: "tool_call", toolCallId: id, ...more });
const toolUpdate = (id: string, more: object) => acp({ sessionUpdate: "tool_call_update", toolCallId: id, ...more });

interface Folded {
  readonly fold: TimelineFold;
  readonly entries: readonly TimelineEntry[];
}

/** Folds records one by one (each a list of items, 100 ms apart); checks that the splices always make the entries. */
function folded(...records: readonly (readonly { k: string }[])[]): Folded {
  const fold = new TimelineFold(context);
  let shown: readonly TimelineEntry[] = [];
  records.forEach((items, index) => {
    fold.apply({ seq: index + 1, h: "" as never, time: 1000 + index * 100, items, bytes: 0 });
    shown = applySplices(shown, fold.takeSplices());
    expect(shown).toEqual(fold.entries);
  });
  return { fold, entries: fold.entries };
}

describe("what an agent says", () => {
  it("joins pieces of one message, also across records and around a tool call", () => {
    const { entries } = folded([text("a", "1")], [text("b", "1")], [tool("t", { title: "Read" })], [text("c", "1")]);
    expect(entries.map(({ kind }) => kind)).toEqual(["prose", "tool"]);
    expect(entries[0]).toMatchObject({ text: "abc", streaming: true });
  });

  it("joins pieces without a name only while nothing comes between", () => {
    const { entries } = folded([text("a"), text("b")], [tool("t", {})], [text("c")]);
    expect(entries).toMatchObject([{ text: "ab", streaming: false }, { kind: "tool" }, { text: "c", streaming: true }]);
  });

  it("folds a thought with its duration once something follows", () => {
    const { entries } = folded([thought("hm")], [thought("m")], [text("so", "1")]);
    expect(entries).toMatchObject([
      { kind: "thought", text: "hmm", ms: 200, streaming: false },
      { kind: "prose", text: "so" },
    ]);
  });

  it("takes back what a retry voided", () => {
    const voided = text("", "1", { _meta: { kelpie: { void: true } } });
    const { entries } = folded([text("wrong", "1")], [tool("t", {})], [voided], [text("right", "2")]);
    expect(entries.map((entry) => (entry.kind === "prose" ? entry.text : entry.kind))).toEqual(["tool", "right"]);
  });

  it("puts the words of a subagent under the call that started it", () => {
    const { entries } = folded(
      [tool("p", { title: "Explore" })],
      [text("looking", "9", { _meta: { claudeCode: { parentToolUseId: "p" } } })],
    );
    expect(entries).toMatchObject([{ kind: "tool", tool: { output: "looking" } }]);
  });
});

describe("a tool call", () => {
  it("keeps its command, its diff and its words through updates that repeat nothing", () => {
    const diff = { type: "diff", path: "a.ts", oldText: "x", newText: "y" };
    const { entries } = folded(
      [tool("t", { title: "Edit", kind: "edit", status: "pending" })],
      [
        toolUpdate("t", {
          title: "Edit a.ts",
          status: "in_progress",
          rawInput: { command: "npm test" },
          content: [diff],
        }),
      ],
      [toolUpdate("t", { status: "completed", content: [{ type: "content", content: { type: "text", text: "ok" } }] })],
    );
    expect(entries).toMatchObject([
      {
        tool: {
          title: "Edit a.ts",
          what: "edit",
          status: "completed",
          command: "npm test",
          output: "ok",
          paths: ["a.ts"],
          diffs: [{ path: "a.ts", before: "x", after: "y" }],
          ms: 200,
        },
      },
    ]);
  });

  it("gathers output that codex sends in pieces, and an argv command", () => {
    const piece = (data: string) => ({ _meta: { terminal_output_delta: { data, terminal_id: "t" } } });
    const { entries } = folded(
      [tool("t", { title: "Run", rawInput: { command: ["ls", "-l"] } })],
      [
        toolUpdate("t", piece("one\n")),
        toolUpdate("t", { ...piece("two\n"), status: "completed", rawOutput: { exit_code: 0 } }),
      ],
    );
    expect(entries).toMatchObject([{ tool: { output: "one\ntwo\n", command: "ls -l", status: "completed" } }]);
  });

  it("shows the end of a long output and says that it is cut", () => {
    const long = "x".repeat(20_000) + "end";
    const { entries } = folded([tool("t", { content: [{ type: "content", content: { type: "text", text: long } }] })]);
    const [entry] = entries;
    expect(entry?.kind === "tool" && entry.tool.output.endsWith("end") && entry.tool.outputCut).toBe(true);
    expect(entry?.kind === "tool" && entry.tool.output.length).toBe(8000);
  });
});

describe("prompts and turns", () => {
  const user = { k: "user", of, prompt: [{ type: "text", text: "go" }] };

  it("a queued prompt waits below until a turn takes it, edits and withdrawals included", () => {
    const { fold } = folded([user]);
    expect(fold.entries).toEqual([]);
    expect(fold.queued).toMatchObject([{ blocks: [{ text: "go" }] }]);
    const edited = folded(
      [user],
      [{ k: "unqueued", of, why: "edited", prompt: [{ type: "text", text: "stop" }] } as never],
    );
    expect(edited.fold.queued).toMatchObject([{ blocks: [{ text: "stop" }] }]);
    expect(folded([user], [{ k: "unqueued", of, why: "withdrawn" } as never]).fold.queued).toEqual([]);
  });

  it("a prompt that stood in the queue is read when a turn takes it, not when it was said", () => {
    const { entries } = folded(
      [user],
      [{ k: "note", code: "retry" } as never],
      [{ k: "turn", t: 1, of: [of] } as never],
    );
    expect(entries.at(-1)).toMatchObject({ kind: "user", delivery: "agent", at: 1200 });
  });

  it("a turn shows the prompt it took, and its end with usage and the vendor's words", () => {
    const { entries, fold } = folded(
      [user],
      [{ k: "turn", t: 1, of: [of] } as never],
      [text("done", "1")],
      [{ k: "turnend", t: 1, stop: "error", usage: { costUsd: 0.1 }, error: "401 invalid key" } as never],
    );
    expect(fold.queued).toEqual([]);
    expect(entries).toMatchObject([
      { kind: "turn", turn: 1, end: { stop: "error", usage: { costUsd: 0.1 } } },
      { kind: "user", delivery: "agent", key: `user:${me}.1.7` },
      { kind: "prose", streaming: false },
      { kind: "error", text: "401 invalid key" },
    ]);
    expect(fold.takeNamed()).toEqual([
      { ref: of, by: "user" },
      { ref: of, by: "turn" },
    ]);
  });
});

describe("waits", () => {
  const options = [
    { optionId: "y", name: "Yes", kind: "allow_once" },
    { optionId: "a", name: "Always", kind: "allow_always" },
    { optionId: "n", name: "No", kind: "reject_once" },
  ];
  const req = JSON.stringify({ toolCall: { toolCallId: "t" }, options });
  const wait = { k: "wait", wid, kind: "permission", digest: "A".repeat(43), req } as never;

  it.each([
    ["y", me, "Approved", "you"],
    ["a", "desk", "Always allowed", "desk"],
    ["n", me, "Denied", "you"],
  ])("answered with %s", (option, by, outcome, name) => {
    const { entries } = folded([wait], [{ k: "waitdone", wid, by, answer: { option } } as never]);
    expect(entries).toMatchObject([{ kind: "wait", done: { outcome, by: name } }]);
  });

  it("withdrawn by the agent", () => {
    const { entries, fold } = folded([wait], [{ k: "waitdone", wid, by: "agent", answer: {} } as never]);
    expect(entries).toMatchObject([{ done: { outcome: "Withdrawn" } }]);
    expect(fold.openWaits.size).toBe(0);
  });

  it("whose request this version cannot read stays visible without one", () => {
    const odd = { k: "wait", wid, kind: "permission", digest: "A".repeat(43), req: "not json" } as never;
    expect(folded([odd]).entries).toMatchObject([{ wait: { request: null, kind: "permission" } }]);
  });
});

describe("everything else", () => {
  it("the same words of a turn and of its agent that died are said once, as a failure", () => {
    const words = "The agent was ended by SIGKILL.";
    const note = { k: "note", code: "E_AGENT", text: words } as never;
    const { entries } = folded([{ k: "turnend", t: 1, stop: "interrupted", error: words } as never, note]);
    expect(entries).toMatchObject([{ kind: "error", text: words }]);
    expect(folded([note]).entries).toMatchObject([{ kind: "error", text: words }]);
  });

  it("a call that its turn left open is not said to run any more, unless it goes on", () => {
    const calls = [
      tool("asked", { status: "pending" }),
      tool("runs", { status: "in_progress" }),
      tool("over", { status: "completed" }),
      tool("late", { status: "in_progress" }),
    ];
    const { entries } = folded(
      [{ k: "turn", t: 1, of: [of] } as never, ...calls],
      [{ k: "turnend", t: 1, stop: "interrupted" } as never],
      [toolUpdate("late", { status: "completed" })],
    );
    const statuses = entries.flatMap((entry) => (entry.kind === "tool" ? [entry.tool.status] : []));
    expect(statuses).toEqual(["unfinished", "unfinished", "completed", "completed"]);
  });

  it("a plan's step that its turn left open is not said to run any more", () => {
    const steps = ["completed", "in_progress", "pending"].map((status) => ({
      content: status,
      status,
      priority: "low",
    }));
    const { entries } = folded(
      [{ k: "turn", t: 1, of: [of] } as never, acp({ sessionUpdate: "plan", entries: steps })],
      [{ k: "turnend", t: 1, stop: "end_turn" } as never],
    );
    const plan = entries.find((entry) => entry.kind === "plan");
    expect(plan?.steps.map(({ status }) => status)).toEqual(["completed", "unfinished", "pending"]);
  });

  it("shows interruptions and returns, but no change between idle and running", () => {
    const state = (s: string) => [{ k: "state", s } as never];
    const { entries } = folded(state("idle"), state("running"), state("interrupted"), state("starting"), state("idle"));
    expect(entries).toMatchObject([{ state: "interrupted" }, { state: "starting" }]);
  });

  it("keeps what it does not know, and is silent about what the head tells", () => {
    const { entries } = folded(
      [{ k: "hologram" }],
      [acp({ sessionUpdate: "dance" })],
      [acp({ sessionUpdate: "usage_update" })],
    );
    expect(entries).toMatchObject([{ what: "hologram" }, { what: "dance" }]);
  });

  it("one more record of a session with 10,000 messages touches only what is new", () => {
    const fold = new TimelineFold(context);
    for (let seq = 1; seq <= 10_000; seq++) {
      fold.apply({ seq, h: "" as never, time: seq, items: [text(`${seq}`, `m${seq}`)], bytes: 0 });
    }
    fold.takeSplices();
    fold.apply({ seq: 10_001, h: "" as never, time: 1, items: [text("new", "n")], bytes: 0 });
    const splices = fold.takeSplices();
    expect(splices.map(({ from, remove, entries }) => [from, remove, entries.length])).toEqual([
      [9_999, 1, 1],
      [10_000, 0, 1],
    ]);
  });
});

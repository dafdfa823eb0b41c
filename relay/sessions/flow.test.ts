import { expect, test } from "vitest";
import type { HeadDoc } from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { Backlog } from "./backlog.ts";
import { HeadPublisher } from "./head-publisher.ts";
import { LastWords, titleFrom } from "./last-words.ts";
import { addUsage, abbreviateHome } from "./session-head.ts";
import { BACKLOG_CHARS } from "./session-limits.ts";
import { Bench } from "./test/bench.ts";
import { checkAnswer } from "./wait-answer.ts";
import { eventually } from "./test/eventually.ts";

test("a flood is read no faster than it is committed", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started();
  bench.kill();
  await bench.boot();
  // Not admitted: nothing of this session can be committed, as when the Worker is away.
  await bench.run("session.resume", { s });
  const agent = await eventually(() => bench.agent(1));
  const chunk = "x".repeat(48 * 1024);
  for (let at = 0; at < 200; at++) agent.say(chunk);
  const kept = () => bench.db.get("SELECT coalesce(sum(size), 0) AS size FROM item WHERE s = ?", s)?.["size"];
  await eventually(() => expect(kept()).toBeGreaterThan(BACKLOG_CHARS));
  await bench.log.flush();
  expect(kept()).toBeLessThan(BACKLOG_CHARS + 2 * chunk.length);
  bench.admitAll();
  await eventually(async () => expect((await bench.kinds(s)).filter((kind) => kind === "acp")).toHaveLength(200));
});

test("room comes back when enough is committed", async () => {
  const backlog = new Backlog(10);
  backlog.add(12);
  let hasRoom = false;
  const room = backlog.room().then(() => (hasRoom = true));
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  backlog.remove(5);
  await room;
  expect(backlog.size).toBe(7);
});

test("a head that only changes its words is written four times a second at most, and its newest state always", async () => {
  const clock = new ManualClock();
  const written: string[] = [];
  let last = "";
  const head = (): HeadDoc => ({ last }) as HeadDoc;
  const put = async (doc: HeadDoc) => void written.push(doc.last);
  const publisher = new HeadPublisher({ clock, read: head, put, onError: () => undefined });
  for (const word of ["a", "b", "c", "d"]) {
    last = word;
    publisher.touch();
    await eventually(() => expect(written.length).toBeGreaterThan(0));
    clock.advance(60);
  }
  expect(written).toEqual(["a"]);
  clock.advance(250);
  await eventually(() => expect(written).toEqual(["a", "d"]));
  last = "waiting";
  await publisher.now();
  expect(written).toEqual(["a", "d", "waiting"]);
});

test("a head whose writing fails is written again at the next change", async () => {
  const errors: unknown[] = [];
  let puts = 0;
  const publisher = new HeadPublisher({
    clock: new ManualClock(),
    read: () => {
      puts++;
      if (puts === 1) throw new Error("closed");
      return {} as HeadDoc;
    },
    put: async () => undefined,
    onError: (error) => errors.push(error),
  });
  await publisher.now();
  await publisher.now();
  expect([puts, errors.length]).toEqual([2, 1]);
});

const chunk = (text: string) =>
  ({ sessionId: "a", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } }) as const;

test("the last words are the message's first line, or the tool that runs", () => {
  const words = new LastWords();
  expect(words.take(chunk("\n## Two "))).toBe("Two");
  expect(words.take(chunk("runs\nmore"))).toBe("Two runs");
  const tool = { sessionUpdate: "tool_call", toolCallId: "t", title: "Read upload.test.ts" } as const;
  expect(words.take({ sessionId: "a", update: tool })).toBe("Read upload.test.ts");
  expect(words.take(chunk("Done"))).toBe("Done");
});

test("a title is the prompt's first line, cut between characters", () => {
  expect(titleFrom([{ type: "text", text: "\n  Fix it\nplease" }])).toBe("Fix it");
  expect([...titleFrom([{ type: "text", text: "😀".repeat(100) }])]).toHaveLength(60);
  expect(titleFrom([])).toBe("New session");
});

test("usage adds up, and what nobody told stays absent", () => {
  expect(addUsage({ inputTokens: 1 }, { inputTokens: 2, costUsd: 0.5 })).toEqual({ inputTokens: 3, costUsd: 0.5 });
  expect(addUsage(undefined, undefined)).toBeUndefined();
});

test("the home folder is written as people write it", () => {
  expect(abbreviateHome("/home/me/code", "/home/me")).toBe("~/code");
  expect(abbreviateHome("/home/me", "/home/me")).toBe("~");
  expect(abbreviateHome("/home/meander", "/home/me")).toBe("/home/meander");
});

const QUESTION = JSON.stringify({
  questions: [
    { question: "Which?", options: [{ label: "a" }, { label: "b" }] },
    { question: "What else?", multiSelect: true, options: [{ label: "c" }, { label: "d" }] },
  ],
});

test.each([
  ["one choice each", { choices: [[0], [0, 1]] }, true],
  ["words instead", { text: "neither" }, true],
  ["two where one is asked", { choices: [[0, 1]] }, false],
  ["a choice that is not there", { choices: [[2]] }, false],
  ["more answers than questions", { choices: [[0], [0], [0]] }, false],
  ["nothing", {}, false],
])("a question takes %s: %o is %s", (_what, answer, fits) => {
  const check = () => checkAnswer("question", QUESTION, answer);
  if (fits) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: "E_SCHEMA" }));
});

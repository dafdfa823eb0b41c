import { expect, test } from "vitest";
import { AppError, type UnknownItem } from "../../schema/index.ts";
import { agoWords, itemWords, refusalWords, table } from "./words.ts";

test("a refusal says what happened, the tool's own words and what to do, each on a line", () => {
  const error = new AppError("E_GIT", { reason: "no branch", text: "fatal: not a branch", next: "git branch" });
  expect(refusalWords(error)).toBe("kelpie: no branch (E_GIT)\nfatal: not a branch\nNext: git branch");
  expect(refusalWords(new AppError("E_BUSY"))).toBe("kelpie: E_BUSY (E_BUSY)");
});

test("columns line up and the last one is ragged", () => {
  expect(
    table([
      ["a", "bb", "c"],
      ["aaa", "b", "long words"],
    ]),
  ).toBe("a    bb  c\naaa  b   long words");
  expect(table([])).toBe("");
});

test.each([
  [-5, "0 s"],
  [0, "0 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [3_599_000, "59 min"],
  [3_600_000, "1 h"],
  [86_399_000, "23 h"],
  [86_400_000, "1 d"],
])("%i ms ago is said as %s", (ms, words) => {
  expect(agoWords(ms)).toBe(words);
});

const chunk = (text: string) => ({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
test.each<[string, UnknownItem, string | null]>([
  ["the agent's words as they are", { k: "acp", u: { sessionId: "s", update: chunk("hi ") } }, "hi "],
  ["a prompt", { k: "user", of: "desk", prompt: [{ type: "text", text: "do" }] }, "\n> do\n"],
  ["a state with its reason", { k: "state", s: "interrupted", why: "killed" }, "[interrupted: killed]\n"],
  ["the vendor's error", { k: "turnend", t: 1, stop: "error", error: "529" }, "\n[failed] 529\n"],
  ["what this version does not know", { k: "hologram" }, "[unsupported: hologram]\n"],
  ["nothing for a command's audit", { k: "cmd", by: "desk", ctr: 0, op: "x", status: "done" }, null],
])("shows %s", (_, item, words) => {
  expect(itemWords(item)).toBe(words);
});

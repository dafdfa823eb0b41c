import { expect, test } from "vitest";
import { agents, projects } from "../../gallery/sample-machine.ts";
import { machineOf, rootOf, sessionRow } from "../../gallery/sample-sessions.ts";
import { SAMPLE_APP } from "../../test/fake-live.ts";
import { parsePicks, picksText } from "./last-choice.ts";
import { branchName, startChoice, startRequest } from "./start-choice.ts";

const { machines } = SAMPLE_APP;

test("falls back to the first that can be used when the last choice is gone", () => {
  const choice = startChoice({ machine: "gone", project: "gone", agent: "gemini" }, machines, []);
  expect(choice.machine?.machine).toBe(machineOf(1));
  expect(choice.project?.root).toBe(projects[0]?.root);
  expect(choice.agent?.id).toBe("claude");
});

test("shows agents that are ready before the others", () => {
  const { agents: shown } = startChoice({}, machines, []);
  expect(shown.map((each) => each.id)).toEqual(["claude", "codex", "demo", "gemini", "ralph"]);
  expect(shown).toHaveLength(agents.length);
});

test("names the session that writes the chosen checkout, but not one at rest", () => {
  expect(startChoice({}, machines, [sessionRow({ state: "idle" })]).writer?.title).toBe("Fix flaky upload test");
  expect(startChoice({}, machines, [sessionRow({ state: "ended" })]).writer).toBeUndefined();
  expect(startChoice({ workspace: "worktree" }, machines, [sessionRow()]).writer).toBeUndefined();
});

test("asks for exactly what was chosen", () => {
  const choice = startChoice({ agent: "demo" }, machines, []);
  expect(startRequest(choice, { prompt: " hello ", now: 0 })).toEqual({
    machine: machineOf(1),
    root: rootOf(1),
    agent: "demo",
    prompt: "hello",
  });
});

test("asks for nothing without words or without a machine", () => {
  expect(startRequest(startChoice({}, machines, []), { prompt: "  ", now: 0 })).toBeNull();
  expect(startRequest(startChoice({}, [], []), { prompt: "hello", now: 0 })).toBeNull();
});

test.each(["Fix the upload, quickly!", "Ünïcode ─ wörds", "…", "-rf --force", "a".repeat(300)])(
  "makes a branch that the machine takes out of %j",
  (prompt) => {
    const branch = branchName("", prompt, 1_763_640_240_000);
    expect(branch).toMatch(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/u);
    expect(branch).not.toMatch(/\.\.|\.lock$/u);
  },
);

test("keeps the last choice, and survives what is no such text", () => {
  expect(parsePicks(picksText({ machine: "m", agent: "demo", worktree: "not kept" }))).toEqual({
    machine: "m",
    agent: "demo",
  });
  for (const text of ["", "{", "null", "[1]", '{"agent":7}']) expect(parsePicks(text)).toEqual({});
});

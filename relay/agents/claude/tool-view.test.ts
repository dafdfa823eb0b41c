import { describe, expect, test } from "vitest";
import { todosOf, viewTool } from "./tool-view.ts";

describe("a tool call", () => {
  test.each([
    ["Bash", { command: "npm test", description: "Test" }, "execute", "npm test"],
    ["Read", { file_path: "/w/a/b.ts", offset: 7 }, "read", "Read b.ts"],
    ["Grep", { pattern: "TODO", path: "/w" }, "search", "Grep TODO"],
    ["WebFetch", { url: "https://example.org" }, "fetch", "WebFetch https://example.org"],
    ["Agent", { description: "Sub job", prompt: "Do" }, "think", "Sub job"],
    ["ExitPlanMode", { plan: "# P" }, "switch_mode", "Plan"],
    ["mcp__tiny__add", { a: 1 }, "other", "tiny: add"],
    ["NeverSeen", {}, "other", "NeverSeen"],
  ])("%s is shown by what it is about", (name, input, kind, title) => {
    expect(viewTool(name, input)).toMatchObject({ kind, title });
  });

  test("names the file and line it works on", () => {
    expect(viewTool("Read", { file_path: "/w/b.ts", offset: 7 }).locations).toEqual([{ path: "/w/b.ts", line: 7 }]);
    expect(viewTool("Write", { file_path: "/w/b.ts", content: "" }).locations).toEqual([{ path: "/w/b.ts" }]);
    expect(viewTool("Bash", { command: "ls" }).locations).toEqual([]);
  });

  test("that changes a file is a diff, several changes are several", () => {
    const path = "/w/a.txt";
    expect(viewTool("Write", { file_path: path, content: "new" }).content).toEqual([
      { type: "diff", path, oldText: null, newText: "new" },
    ]);
    const edits = [
      { old_string: "a", new_string: "b" },
      { old_string: "c", new_string: "d" },
    ];
    expect(viewTool("MultiEdit", { file_path: path, edits }).content).toEqual([
      { type: "diff", path, oldText: "a", newText: "b" },
      { type: "diff", path, oldText: "c", newText: "d" },
    ]);
  });

  test("with a script for a command has a title of bearable length", () => {
    const { title } = viewTool("Bash", { command: "x".repeat(5_000) });
    expect(title).toHaveLength(400);
    expect(title.endsWith("…")).toBe(true);
  });

  test.each([null, "text", 7, [], { file_path: 7, command: {}, edits: "no", offset: "x" }])(
    "with the input %j is shown by its name",
    (input) => {
      expect(viewTool("Edit", input)).toMatchObject({ kind: "edit", title: "Edit", content: [] });
    },
  );
});

test("to-dos in an unknown shape are no plan", () => {
  expect(todosOf({ todos: [{ content: "x", status: "someday" }] })).toBeUndefined();
  expect(todosOf(null)).toBeUndefined();
});

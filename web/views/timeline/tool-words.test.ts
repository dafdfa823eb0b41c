import { describe, expect, test } from "vitest";
import type { ToolView } from "../../live/model.ts";
import { toolResult, toolWords } from "./tool-words.ts";

const tool = (facts: Partial<ToolView>): ToolView => ({
  id: "t1",
  title: "",
  what: "other",
  status: "completed",
  paths: [],
  command: null,
  output: "",
  outputCut: false,
  diffs: [],
  parent: null,
  ms: null,
  ...facts,
});

describe("a tool's line", () => {
  test.each<[Partial<ToolView>, string]>([
    [{ what: "read", paths: ["a.ts"] }, "Read a.ts"],
    [{ what: "read", paths: ["a.ts"], status: "in_progress" }, "Reading a.ts"],
    [{ what: "edit", diffs: [{ path: "b.ts", before: null, after: "" }] }, "Edit b.ts"],
    [{ what: "read", paths: ["a.ts", "b.ts", "c.ts"] }, "Read a.ts and 2 more"],
    [{ what: "execute", command: "npm test\nls" }, "Ran npm test"],
    [{ what: "execute", command: "npm test", status: "in_progress" }, "Running npm test"],
    [{ what: "execute", command: "npm test", status: "pending" }, "Run npm test"],
    [{ what: "edit", paths: ["a.ts"], status: "pending" }, "Edit a.ts"],
    [{ what: "execute", command: "npm test", status: "unfinished" }, "Run npm test"],
    [{ what: "search", title: "Search for flush" }, " Search for flush"],
    [{ title: "mcp: query" }, " mcp: query"],
    [{}, " a tool"],
  ])("%j reads %s", (facts, line) => {
    const words = toolWords(tool(facts));
    expect(`${words.verb} ${words.object}`).toBe(line);
  });

  test.each<[Partial<ToolView>, string]>([
    [{ status: "failed", output: "x" }, "failed"],
    [{ status: "pending" }, "waiting"],
    [{ status: "in_progress" }, "running"],
    [{ status: "unfinished" }, "not finished"],
    [{ output: "one\ntwo\n" }, "2 lines"],
    [{ output: "one" }, "1 line"],
    [{ output: "the\nend\n", outputCut: true }, "long output"],
    [{ ms: 24_000, output: "x" }, "24 s"],
    [{}, ""],
  ])("%j ends in %s", (facts, result) => {
    expect(toolResult(tool(facts))).toBe(result);
  });
});

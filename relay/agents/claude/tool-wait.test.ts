import { describe, expect, test } from "vitest";
import { permissionRequest, planRequest, questionRequest } from "../../../schema/index.ts";
import { decide, waitOf } from "./tool-wait.ts";
import type { CanUseTool } from "./wire.ts";

const RULE = { type: "addRules", rules: [{ toolName: "Bash", ruleContent: "touch x" }], behavior: "allow" };
const FOLDER = { type: "addDirectories", directories: ["/w"], destination: "session" };
const MODE = { type: "setMode", mode: "acceptEdits", destination: "session" };

function asks(
  tool: string,
  input: Record<string, unknown>,
  suggestions: CanUseTool["permission_suggestions"] = [],
): CanUseTool {
  return { subtype: "can_use_tool", tool_name: tool, input, tool_use_id: "t1", permission_suggestions: suggestions };
}

function shown(request: CanUseTool, announcedPlan?: string): { kind: string; req: unknown } {
  const { kind, req } = waitOf({ key: "k", sessionId: "s", request, announcedPlan });
  return { kind, req: JSON.parse(req) };
}

const refusedWith = (reason: string): object => ({ code: "E_SCHEMA", data: { reason } });
const thrownBy = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

describe("permission", () => {
  const bash = asks("Bash", { command: "touch x" }, [{ ...RULE, destination: "localSettings" }, FOLDER, MODE]);

  test("shows the call with its input and three ways to answer", () => {
    const { kind, req } = shown(bash);
    expect(kind).toBe("permission");
    const { toolCall, options } = permissionRequest.parse(req);
    expect(toolCall).toMatchObject({
      toolCallId: "t1",
      title: "touch x",
      kind: "execute",
      rawInput: { command: "touch x" },
    });
    expect(options.map(({ name, kind: meaning }) => [name, meaning])).toEqual([
      ["Approve", "allow_once"],
      ["Always allow", "allow_always"],
      ["Deny", "reject_once"],
    ]);
    expect(req).toMatchObject({ always: ["Bash(touch x)", "/w"] });
  });

  test("offers no lasting answer when claude suggests none", () => {
    const { options } = permissionRequest.parse(shown(asks("Bash", { command: "touch x" })).req);
    expect(options.map(({ kind }) => kind)).toEqual(["allow_once", "reject_once"]);
    expect(thrownBy(() => decide(asks("Bash", {}), { option: "always" }))).toMatchObject(
      refusedWith("option-not-offered"),
    );
  });

  test("approved once, gives the input back unchanged", () => {
    expect(decide(bash, { option: "approve" })).toEqual({ behavior: "allow", updatedInput: { command: "touch x" } });
  });

  test("approved for good, holds for this session only and does not change the mode", () => {
    expect(decide(bash, { option: "always" })).toEqual({
      behavior: "allow",
      updatedInput: { command: "touch x" },
      updatedPermissions: [{ ...RULE, destination: "session" }, FOLDER],
    });
  });

  test("approved for good where a mode is all that claude suggests, changes the mode", () => {
    const write = asks("Write", { file_path: "/w/a" }, [MODE]);
    expect(decide(write, { option: "always" })).toMatchObject({ updatedPermissions: [MODE] });
    expect(shown(write).req).toMatchObject({ always: ["mode acceptEdits"] });
  });

  test("denied, says why in the person's words or in ours", () => {
    expect(decide(bash, { option: "deny", text: "Never." })).toEqual({ behavior: "deny", message: "Never." });
    expect(decide(bash, { option: "deny" })).toMatchObject({
      behavior: "deny",
      message: expect.stringContaining("no"),
    });
  });

  test("refuses an answer without a known option", () => {
    expect(thrownBy(() => decide(bash, {}))).toMatchObject(refusedWith("no-such-option"));
    expect(thrownBy(() => decide(bash, { option: "allow" }))).toMatchObject(refusedWith("no-such-option"));
  });
});

describe("plan", () => {
  test("shows the plan claude fills in, else the one the model gave", () => {
    expect(planRequest.parse(shown(asks("ExitPlanMode", { plan: "# File" }), "# Model").req).plan).toBe("# File");
    expect(planRequest.parse(shown(asks("ExitPlanMode", {}), "# Model").req).plan).toBe("# Model");
    expect(planRequest.parse(shown(asks("ExitPlanMode", {})).req).plan).toBe("");
  });

  test("is approved or sent back with words", () => {
    const plan = asks("ExitPlanMode", {}, [MODE]);
    expect(decide(plan, { option: "approve" })).toEqual({ behavior: "allow", updatedInput: {} });
    expect(decide(plan, { option: "deny", text: "Smaller." })).toEqual({ behavior: "deny", message: "Smaller." });
    expect(thrownBy(() => decide(plan, { option: "always" }))).toMatchObject(refusedWith("option-not-offered"));
  });
});

describe("question", () => {
  const colour = { question: "Colour?", options: [{ label: "Red" }, { label: "Blue" }] };
  const sizes = { question: "Sizes?", multiSelect: true, options: [{ label: "S" }, { label: "M" }, { label: "L" }] };
  const input = { questions: [colour, sizes] };
  const both = asks("AskUserQuestion", input);
  const answers = (value: Record<string, string>): object => ({
    behavior: "allow",
    updatedInput: { ...input, answers: value },
  });

  test("shows the questions as they came", () => {
    const { kind, req } = shown(both);
    expect(kind).toBe("question");
    expect(questionRequest.parse(req).questions).toEqual(input.questions);
  });

  test("is answered by labels, several joined by commas", () => {
    expect(decide(both, { choices: [[1], [0, 2]] })).toEqual(answers({ "Colour?": "Blue", "Sizes?": "S, L" }));
  });

  test("takes free text where nothing was chosen, else beside the last choice", () => {
    expect(decide(both, { choices: [[], [0]], text: "Green" })).toEqual(answers({ "Colour?": "Green", "Sizes?": "S" }));
    expect(decide(both, { choices: [[0], [1]], text: "slim" })).toEqual(
      answers({ "Colour?": "Red", "Sizes?": "M, slim" }),
    );
  });

  test.each([
    ["one-choice-only", [[0, 1], [0]]],
    ["no-such-choice", [[2], [0]]],
    ["no-such-question", [[0], [0], [0]]],
  ])("refuses an answer with %s", (reason, choices) => {
    expect(thrownBy(() => decide(both, { choices }))).toMatchObject(refusedWith(reason));
  });

  test("passed over is left out", () => {
    expect(decide(both, { choices: [[0]] })).toEqual(answers({ "Colour?": "Red" }));
  });

  test("may be turned down, and an answer to none is that too", () => {
    expect(decide(both, { choices: [[], []] })).toMatchObject({ behavior: "deny" });
    expect(decide(both, { option: "deny", text: "Later." })).toEqual({ behavior: "deny", message: "Later." });
  });

  test("in a shape we do not know is asked as a permission", () => {
    expect(shown(asks("AskUserQuestion", { questions: "?" })).kind).toBe("permission");
  });
});

import { expect, test } from "vitest";
import { claudeEnv, sessionArgs } from "./invocation.ts";

test("a session's choices become arguments that none can turn into flags", () => {
  const args = sessionArgs({ resume: "s1", mode: "plan", model: "--dangerously-skip-permissions" });
  expect(args.slice(-3)).toEqual(["--resume=s1", "--permission-mode=plan", "--model=--dangerously-skip-permissions"]);
  expect(args).toContain("--permission-prompt-tool=stdio");
});

test("the mode of events has its own name on the command line, and what is not chosen is not said", () => {
  expect(sessionArgs({ mode: "default" })).toContain("--permission-mode=manual");
  expect(sessionArgs({}).filter((arg) => /--(resume|permission-mode|model)=/.test(arg))).toEqual([]);
});

test("a claude inside claude does not know of it", () => {
  const env = { HOME: "/h", CLAUDECODE: "1", CLAUDE_CODE_ENTRYPOINT: "cli", ANTHROPIC_API_KEY: "k" };
  expect(claudeEnv(env)).toEqual({ HOME: "/h", ANTHROPIC_API_KEY: "k" });
});

import { expect, test } from "vitest";
import { parseWorkPolicy } from "./work-policy.ts";

test("a mode is forbidden to the agent that the policy names, and to no other", () => {
  const policy = parseWorkPolicy('{"forbiddenModes":{"claude":["bypassPermissions"],"constructor":["plan"]}}');
  expect(policy.isModeAllowed("claude", "bypassPermissions")).toBe(false);
  expect(policy.isModeAllowed("claude", "plan")).toBe(true);
  expect(policy.isModeAllowed("codex", "bypassPermissions")).toBe(true);
  expect(policy.isModeAllowed("constructor", "plan")).toBe(false);
});

test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
  "S27 an agent called %s is one that the policy does not name",
  (agent) => {
    expect(parseWorkPolicy("{}").isModeAllowed(agent, "plan")).toBe(true);
  },
);

import { expect, test } from "vitest";
import { ASK_METHODS } from "./asks.ts";

const FORM = {
  sessionId: "s",
  mode: "form",
  message: "Which flavour?",
  requestedSchema: { type: "object", properties: { flavour: { type: "string", enum: ["sweet", "salty"] } } },
};

test("a question is answered with its choice, or declined", () => {
  const ask = ASK_METHODS.get("elicitation/create")?.(FORM);
  expect(ask?.resultOf({ choices: [[1]] })).toEqual({ action: "accept", content: { flavour: "salty" } });
  expect(ask?.resultOf({ option: "deny" })).toEqual({ action: "decline" });
  expect(() => ask?.resultOf({})).toThrow("E_SCHEMA");
});

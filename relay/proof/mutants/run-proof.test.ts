import { expect, test } from "vitest";
import { endIn } from "./run-proof.ts";

const reportOf = (...assertionResults: readonly object[]): string =>
  JSON.stringify({ testResults: [{ name: "/tree/a.test.ts", message: "did not load", assertionResults }] });
const told = (status: string, ...failureMessages: readonly string[]) => ({ fullName: "a b", status, failureMessages });
const asked = { file: "a.test.ts", name: "a b" };

test("a test that failed by itself is told from one that ran out of time, and from one that passed", () => {
  expect(endIn(reportOf(told("passed")), asked)).toEqual({ end: "passed", words: "" });
  expect(endIn(reportOf(told("failed", "expected 1 to be 2")), asked).end).toBe("failed");
  expect(endIn(reportOf(told("failed", "Test timed out in 60000ms.")), asked).end).toBe("hung");
});

test("a test that was skipped, is not there, or whose file did not load has proven nothing", () => {
  expect(endIn(reportOf(told("skipped")), asked).end).toBe("missing");
  expect(endIn(reportOf(), asked)).toEqual({ end: "missing", words: "did not load" });
  expect(endIn(reportOf(told("passed")), { ...asked, file: "b.test.ts" }).end).toBe("missing");
});

import { expect, test } from "vitest";
import { countTests } from "./test-run.ts";

const passed = { fullName: "adds", status: "passed", failureMessages: [] };
const failed = { fullName: "subtracts", status: "failed", failureMessages: ["Error: 1 is not 2\n  at a.test.ts:3"] };
const file = (status: string, assertionResults: unknown[] = []) => ({
  ...{ name: "a.test.ts", status, assertionResults },
  message: assertionResults.length > 0 ? "" : "SyntaxError: no\nmore",
});
const report = (numPassedTests: number, numFailedTests: number, testResults: unknown[]) =>
  JSON.stringify({ success: numFailedTests === 0, numPassedTests, numFailedTests, testResults });

test("counts and names tests, and a file that did not load as one failure", () => {
  const text = report(3, 1, [file("passed", [passed, passed]), file("failed", [passed, failed]), file("failed")]);

  expect(countTests(text, 1)).toEqual({
    ...{ passed: 3, failed: 2 },
    names: ["a.test.ts: SyntaxError: no", "a.test.ts > subtracts: Error: 1 is not 2"],
  });
});

test("a run that failed without naming a test has one failure", () => {
  expect(countTests(report(3, 0, [file("passed", [passed])]), 1)).toEqual({
    ...{ passed: 3, failed: 1, names: ["an error outside of any test"] },
  });
});

test("a run without a report has one failure", () => {
  expect(countTests("", null)).toEqual({ passed: 0, failed: 1, names: ["a run left no report"] });
});

test("a green run has none", () => {
  expect(countTests(report(3, 0, [file("passed", [passed])]), 0)).toEqual({ passed: 3, failed: 0, names: [] });
});

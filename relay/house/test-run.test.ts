import { expect, test } from "vitest";
import { countTests } from "./test-run.ts";

const file = (status: string, assertionResults: unknown[] = []) => ({ name: "a.test.ts", status, assertionResults });
const report = (numPassedTests: number, numFailedTests: number, testResults: unknown[]) =>
  JSON.stringify({ success: numFailedTests === 0, numPassedTests, numFailedTests, testResults });

test("counts tests, and a file that did not load as one failure", () => {
  const text = report(3, 1, [file("passed", [{}, {}]), file("failed", [{}, {}]), file("failed")]);

  expect(countTests(text, 1)).toEqual({ passed: 3, failed: 2 });
});

test("a run that failed without naming a test has one failure", () => {
  expect(countTests(report(3, 0, [file("passed", [{}])]), 1)).toEqual({ passed: 3, failed: 1 });
});

test("a run without a report has one failure", () => {
  expect(countTests("", null)).toEqual({ passed: 0, failed: 1 });
});

test("a green run has none", () => {
  expect(countTests(report(3, 0, [file("passed", [{}])]), 0)).toEqual({ passed: 3, failed: 0 });
});

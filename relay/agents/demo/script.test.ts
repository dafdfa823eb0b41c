import { expect, test } from "vitest";
import { HELP, parseScript } from "./script.ts";

test.each([
  ["help", [{ do: "help" }]],
  ["stream 17", [{ do: "stream", lines: 17, isPaced: true }]],
  ["Stream 500 FAST", [{ do: "stream", lines: 500, isPaced: false }]],
  ["please stream 3 lines", [{ do: "stream", lines: 3, isPaced: true }]],
  ["stream 99999999999", [{ do: "stream", lines: 1_000_000, isPaced: true }]],
  ["think", [{ do: "think" }]],
  ["edit", [{ do: "edit" }]],
  ["run npm test -- upload; echo done", [{ do: "run", command: "npm test -- upload; echo done" }]],
  ["ask", [{ do: "ask" }]],
  ["plan", [{ do: "plan" }]],
  ["limit 5s", [{ do: "limit", durationMs: 5_000 }]],
  ["limit 2 m", [{ do: "limit", durationMs: 120_000 }]],
  ["limit 3", [{ do: "limit", durationMs: 3_000 }]],
  ["fail", [{ do: "fail" }]],
  ["crash", [{ do: "crash" }]],
  ["big", [{ do: "big" }]],
  ["hang", [{ do: "hang" }]],
])("%s", (prompt, acts) => {
  expect(parseScript(prompt)).toEqual(acts);
});

test("does several things in the order they are named", () => {
  expect(parseScript("think, then edit then run ls\nask")).toEqual([
    { do: "think" },
    { do: "edit" },
    { do: "run", command: "ls" },
    { do: "ask" },
  ]);
});

test("finds the first keyword in a sentence", () => {
  expect(parseScript("The upload test breaks about one run in five. Find out why.")).toEqual([{ do: "tour" }]);
  expect(parseScript("could you run npm test")).toEqual([{ do: "run", command: "npm test" }]);
  expect(parseScript("could you ask me about the plan?")).toEqual([{ do: "ask" }]);
  expect(parseScript("go on and stream 20")).toEqual([{ do: "stream", lines: 20, isPaced: true }]);
});

test.each(["hello", "", "why does the app have crashes?", "planning an editor, asking for bigger things"])(
  "shows a bit of everything for %j",
  (prompt) => {
    expect(parseScript(prompt)).toEqual([{ do: "tour" }]);
  },
);

test("help names every keyword", () => {
  for (const word of ["stream", "think", "edit", "run", "ask", "plan", "limit", "big", "fail", "crash", "hang"]) {
    expect(HELP).toContain(`\`${word}`);
  }
});

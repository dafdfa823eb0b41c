import { expect, test } from "vitest";
import { toolView } from "../../gallery/sample-timeline.ts";
import { foldWords, isFoldable } from "./fold-words.ts";

test("counts each kind of step in the order it was first met", () => {
  const kinds = ["read", "search", "read", "read", "execute", "fetch", "odd"];
  expect(foldWords(kinds.map((what) => toolView({ what })))).toBe(
    "read 3 files, searched, ran 1 command, fetched 1 page, used 1 tool",
  );
});

test("what runs a command counts as a command, whatever its kind", () => {
  expect(foldWords([toolView({ what: "other", command: "ls" }), toolView({ what: "execute", command: "ls" })])).toBe(
    "ran 2 commands",
  );
});

test.each([
  [toolView({ what: "read" }), true],
  [toolView({ what: "read", status: "failed" }), false],
  [toolView({ what: "read", status: "in_progress" }), false],
  [toolView({ what: "edit", diffs: [{ path: "a", before: null, after: "" }] }), false],
])("%j may fold: %s", (tool, may) => {
  expect(isFoldable({ kind: "tool", key: "1", at: 0, tool })).toBe(may);
});

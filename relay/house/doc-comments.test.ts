import { expect, test } from "vitest";
import { checkDocComments } from "./doc-comments.ts";
import { toSource } from "./source-files.ts";

const DOCUMENTED = "/** Says more. */\nexport function a() {}\n";
const BARE = "export async function b() {}\n";

test("every exported function of schema has a doc comment", () => {
  const [breach] = checkDocComments([toSource("schema/a.ts", DOCUMENTED + BARE)]);

  expect(breach).toContain("schema/: 1 of 2");
  expect(breach).toContain("schema/a.ts b");
});

test("elsewhere seven of ten suffice, counted per folder", () => {
  const files = [toSource("relay/a.ts", DOCUMENTED.repeat(7) + BARE.repeat(3)), toSource("web/a.ts", DOCUMENTED)];

  expect(checkDocComments(files)).toEqual([]);
  expect(checkDocComments([...files, toSource("relay/b.ts", BARE)])).toHaveLength(1);
});

test("tests and tools are not counted", () => {
  const files = ["schema/a.test.ts", "relay/house/a.ts", "worker/test/a.ts"].map((path) => toSource(path, BARE));

  expect(checkDocComments(files)).toEqual([]);
});

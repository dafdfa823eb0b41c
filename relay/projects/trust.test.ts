import { expect, test } from "vitest";
import { DOC_BYTES, hashOf, randomId, type RootId, utf8 } from "../../schema/index.ts";
import type { ProgramList } from "./program-files.ts";
import { trustDocOf, trustState } from "./trust.ts";

async function listOf(files: Readonly<Record<string, string>>): Promise<ProgramList> {
  const hashed = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({ path, text, hash: await hashOf(utf8(text)) })),
  );
  return { files: hashed, digest: await hashOf(utf8(JSON.stringify(hashed))) };
}

test("a list is free when empty, asks when new, is trusted as it was, and asks again when it changes", async () => {
  const [none, one, changed] = await Promise.all([listOf({}), listOf({ a: "1" }), listOf({ a: "2" })]);
  expect(trustState(none, null, "project")).toBe("free");
  expect(trustState(one, null, "project")).toBe("asks");
  expect(trustState(one, one, "project")).toBe("trusted");
  expect(trustState(changed, one, "project")).toBe("asks");
});

test("a worktree may lack files of its project, but have no others", async () => {
  const [all, fewer, other] = await Promise.all([
    listOf({ a: "1", b: "1" }),
    listOf({ a: "1" }),
    listOf({ a: "1", b: "2" }),
  ]);
  expect(trustState(fewer, all, "worktree")).toBe("trusted");
  expect(trustState(fewer, all, "project")).toBe("asks");
  expect(trustState(other, all, "worktree")).toBe("asks");
});

test("the document tells what is new, changed, removed and the same, changes first", async () => {
  const before = await listOf({ same: "1", changed: "1", removed: "1" });
  const now = await listOf({ same: "1", changed: "2", new: "1" });
  const doc = trustDocOf(randomId<RootId>(), now, before);
  expect(doc.files.map(({ path, change }) => [path, change])).toEqual([
    ["changed", "changed"],
    ["new", "new"],
    ["removed", "removed"],
    ["same", "same"],
  ]);
});

test("the document fits, whatever the files weigh", async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, "\n".repeat(20_000)]));
  const doc = trustDocOf(randomId<RootId>(), await listOf(files), null);
  expect(Buffer.byteLength(JSON.stringify(doc))).toBeLessThan(DOC_BYTES - 1024);
});

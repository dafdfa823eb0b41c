import { expect, test } from "vitest";
import { holdWords } from "./hold-words.ts";

const row = { machineName: "studio" };

test("a held device is told to be confirmed, a revoked one to pair again, and what older keys mean", () => {
  expect(holdWords(row, { refused: "held", scope: "admin" }, false)).toContain("confirmed on studio");
  expect(holdWords(row, { refused: "revoked", scope: "admin" }, false)).toContain("Pair it again");
  expect(holdWords(row, { refused: "outdated", scope: "admin" }, false)).toContain("older keys");
});

test("who may only read and a conversation of two versions are told so; anybody else may write", () => {
  expect(holdWords(row, { refused: null, scope: "view" }, false)).toContain("may read");
  expect(holdWords(row, { refused: null, scope: "operate" }, true)).toContain("Frozen");
  expect(holdWords(row, { refused: null, scope: "operate" }, false)).toBeUndefined();
});

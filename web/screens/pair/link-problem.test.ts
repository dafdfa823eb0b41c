import { expect, test } from "vitest";
import { linkProblem } from "./link-problem.ts";

const HERE = "https://k.example";

test.each(["https://k.example/pair#1.abc.def", "#1.abc.def", "1.abc.def", "  https://k.example/pair#1.a-_.b  "])(
  "accepts %j",
  (text) => {
    expect(linkProblem(text, HERE)).toBeNull();
  },
);

test.each([
  "hello",
  "https://k.example/",
  "https://k.example/pair",
  "https://k.example/pair#2.a.b",
  "javascript:alert(1)",
])("refuses %j as no link", (text) => {
  expect(linkProblem(text, HERE)).toMatch(/no pairing link/u);
});

test("sends the link of another address there", () => {
  expect(linkProblem("https://other.example/pair#1.a.b", HERE)).toBe(
    "This link belongs to https://other.example. Open it there.",
  );
});

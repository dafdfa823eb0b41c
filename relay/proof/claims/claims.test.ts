import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MUTANTS } from "../mutants/mutants.ts";
import { CLAIMS } from "./claims.ts";
import { lastingPart, pageOf } from "./page.ts";
import { findTitles, titlesIn } from "./titles.ts";
import { currentPage } from "./write-claims.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

test("docs/claims.md tells of the tests and mutants there are: npm run proof -- claims writes it", async () => {
  const written = readFileSync(join(ROOT, "docs", "claims.md"), "utf8");
  expect(lastingPart(written)).toBe(lastingPart(await currentPage()));
});

test("every mutant and every titled test names a claim there is", async () => {
  const known = new Set(Object.keys(CLAIMS));
  expect((await findTitles(ROOT)).filter(({ claim }) => !known.has(claim))).toEqual([]);
  expect(MUTANTS.filter(({ claim }) => !known.has(claim))).toEqual([]);
});

test("a title is found in one line or two, after each and runIf, for each name it has, and not in prose or in another title's middle", () => {
  // Made up of parts, or this very file would hold claims.
  const [one, two, four, six, seven] = ["S1", "R2", "S4", "S6", "R7"];
  const code = [
    `test("${one} one thing", () => {});`,
    `it.each([["a", (b) => b]])(\n  \`${two}: another, %s\`,\n  () => {},\n);`,
    `test.runIf(f() === 0)("${four}: a third", () => {});`,
    `test("of ${one} it says nothing", () => {});`,
    `test("${two} ${seven}: both", () => {});`,
    `const note = "${six} is only mentioned";`,
  ].join("\n");
  expect(titlesIn({ path: "a.test.ts", code })).toEqual([
    { claim: "S1", title: "one thing", file: "a.test.ts" },
    { claim: "R2", title: "another, %s", file: "a.test.ts" },
    { claim: "S4", title: "a third", file: "a.test.ts" },
    { claim: "R2", title: "both", file: "a.test.ts" },
    { claim: "R7", title: "both", file: "a.test.ts" },
  ]);
});

test("a claim without a test is said not to be built, and figures read as words", () => {
  const page = pageOf({
    titles: [{ claim: "S1", title: "runs once", file: "a.test.ts" }],
    mutants: [{ id: "s1-x", claim: "S1", rule: "the window" }],
    results: { sim: { at: "2026-11-27T10:00:00.000Z", command: "npm run proof -- sim", figures: { seeds: 10_000 } } },
  });
  expect(page).toContain("- runs once (`a.test.ts`)");
  expect(page).toContain('- `s1-x`: without "the window"');
  expect(page).toMatch(/### S2\n\n.+\n\nNot built yet: no test holds this\./);
  expect(page).toContain("- **sim** (2026-11-27, `npm run proof -- sim`): 10,000 seeds");
  expect(lastingPart(page)).not.toContain("10,000 seeds");
});

// The kept mutants themselves: each must still fit the sources, long before anybody runs it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { mutated } from "./tree.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

test("every mutant has a name of its own, which begins with its claim", () => {
  const ids = MUTANTS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, claim } of MUTANTS) expect(id).toMatch(new RegExp(`^${claim.toLowerCase()}-[a-z0-9-]+$`));
});

test("every mutant's rule is in its file exactly once", () => {
  const misfits = MUTANTS.flatMap(({ id, file, find, replace }) => {
    try {
      mutated(readFileSync(join(ROOT, file), "utf8"), find, replace);
      return [];
    } catch (error) {
      return [`${id}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
  expect(misfits).toEqual([]);
});

test("every mutant's test stands in its file, under the last words of its name", () => {
  const misfits = MUTANTS.flatMap((mutant) => {
    if (!("test" in mutant)) return [];
    const path = join(ROOT, mutant.test.file);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const titles = [...text.matchAll(/\(\s*(["'`])((?:(?!\1).)+)\1,/gs)].map(([, , title]) => title ?? "");
    return titles.some((title) => endsWithTitle(mutant.test.name, title)) ? [] : [mutant.id];
  });
  expect(misfits).toEqual([]);
});

test("a mutation that fits nowhere, or in two places, is refused", () => {
  expect(() => mutated("a b", "c", "d")).toThrow("0 places");
  expect(() => mutated("a a", "a", "b")).toThrow("2 places");
  expect(mutated("a b", "a", "c")).toBe("c b");
});

/** "%s" or "$name" in a title stands for what each case puts there. */
function endsWithTitle(name: string, title: string): boolean {
  const pattern = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/%s|\\\$\w+/g, ".+");
  return new RegExp(`(?:^| )${pattern}$`).test(name);
}

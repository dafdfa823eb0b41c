import { join } from "node:path";
import { expect, test } from "vitest";
import { FAILPOINTS } from "../../failpoint.ts";
import { listPaths, readSources } from "../../house/source-files.ts";
import { LIVING, planOf } from "./plan.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

test("a seed makes one plan, and another seed another", () => {
  expect(planOf(7, 100)).toEqual(planOf(7, 100));
  expect(planOf(7, 100)).not.toEqual(planOf(8, 100));
});

test("a long plan kills at every named place of a living product, and a short one has every kind of fault", () => {
  const plan = planOf(1, 200);
  const places = plan.flatMap((fault) => (fault.kind === "point" ? [fault.at.name] : []));
  expect(LIVING.filter((name) => !places.includes(name))).toEqual([]);
  expect(plan).toHaveLength(200);
  const kinds = new Set(planOf(1, 24).map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(["clock", "disk", "freeze", "network", "point", "stop", "victim"]);
});

test("every named place stands in the product once, and the product names no other", async () => {
  const isProduct = (path: string): boolean => !path.endsWith(".test.ts") && !path.includes("/proof/");
  const sources = await readSources(ROOT, (await listPaths(ROOT, "relay/")).filter(isProduct));
  const named = sources.flatMap(({ text }) =>
    [...text.matchAll(/\bfailpoint\("([^"]+)"\)/g)].map(([, name = ""]) => name),
  );
  expect(named).toHaveLength(FAILPOINTS.length);
  expect(new Set(named)).toEqual(new Set(FAILPOINTS));
});

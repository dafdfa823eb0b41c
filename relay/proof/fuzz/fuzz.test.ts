// The ordinary run: a few thousand inputs of every parser, and the fuzz itself shown to find what it is for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError, z } from "../../../schema/index.ts";
import { TARGETS, targetNamed } from "./all-targets.ts";
import { runStretch } from "./campaign.ts";
import { Inputs } from "./inputs.ts";
import { bytesOf, type FuzzTarget, textOf } from "./target.ts";
import { HEAP_LIMIT_BYTES, judge } from "./verdict.ts";

const SEED = "ordinary";
/** Per target; the changed ones only, as the unchanged ones come first in every long run. */
const INPUTS = 500;
const regressions = z
  .array(z.object({ target: z.string(), why: z.string(), parts: z.array(z.tuple([z.string(), z.number()])) }))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "regressions.json"), "utf8")));

test.each(TARGETS)("S27 $name: $claim", async (target) => {
  const from = new Inputs(target, SEED).unchanged;
  const { findings } = await runStretch(target, { seed: SEED, from, to: from + INPUTS });
  expect(findings.map(({ kind, words, index }) => `${kind}: ${words}, input ${index} of seed ${SEED}`)).toEqual([]);
});

test.each(regressions)("S27 $target once: $why", async ({ target: name, parts }) => {
  const target = targetNamed(name);
  const text = parts.map(([piece, times]) => piece.repeat(times)).join("");
  const verdict = target === undefined ? null : await judge(target, bytesOf(text).slice(0, target.maxBytes));
  expect(verdict).toMatchObject({ kind: "fine" });
});

test("no two targets have one name", () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});

describe("a parser that is bad on purpose", () => {
  const bad = (run: FuzzTarget["run"]): FuzzTarget => ({
    ...{ name: "bad", claim: "none", maxBytes: 1_024, tokens: ["boom"], run },
    corpus: () => [bytesOf('{"word":"bang","list":[1,2,3]}')],
  });
  const find = async (target: FuzzTarget, to = 3_000) =>
    (await runStretch(target, { seed: "1", from: 0, to })).findings;

  test("and throws a plain Error is found, and its input made small", async () => {
    const thrower = bad((input) => {
      if (textOf(input).includes("boom")) throw new Error("a bug");
    });
    const [finding] = await find(thrower);
    expect(finding).toMatchObject({ kind: "escaped" });
    expect(textOf(finding?.input ?? new Uint8Array(0))).toBe("boom");
  });

  test("and rejects later is found too", async () => {
    const [finding] = await find(bad(async (input) => void JSON.parse(textOf(input))));
    expect(finding).toMatchObject({ kind: "escaped" });
  });

  test("and is slow is found by its CPU time", async () => {
    const slow = bad((input) => {
      const before = process.threadCpuUsage().user;
      while (input.length > 100 && process.threadCpuUsage().user - before < 60_000);
    });
    expect(await judge(slow, new Uint8Array(101))).toMatchObject({ kind: "slow" });
    expect(await judge(slow, new Uint8Array(99))).toMatchObject({ kind: "fine" });
  });

  test("and takes too much memory is found", async () => {
    const kept: Uint8Array[] = [];
    const fat = bad((input) => {
      kept[0] = new Uint8Array(input.length > 9 ? HEAP_LIMIT_BYTES + 1_000_000 : 0);
    });
    expect(await judge(fat, new Uint8Array(10))).toMatchObject({ kind: "fat" });
    expect(await judge(fat, new Uint8Array(9))).toMatchObject({ kind: "fine" });
  });

  test("but one that refuses with a code is fine", async () => {
    const refuser = bad(() => {
      throw new AppError("E_SCHEMA");
    });
    expect(await judge(refuser, new Uint8Array(1))).toMatchObject({ kind: "fine", refusal: "E_SCHEMA" });
  });
});

test("a number of a seed is always the same input, and another seed's is another", () => {
  const [target] = TARGETS;
  if (target === undefined) throw new Error("no targets");
  const all = (seed: string): readonly string[] => {
    const inputs = new Inputs(target, seed);
    return Array.from({ length: 200 }, (_, at) => textOf(inputs.at(inputs.unchanged + at)));
  };
  expect(all("1")).toEqual(all("1"));
  expect(all("1")).not.toEqual(all("2"));
  expect(new Set(all("1")).size).toBeGreaterThan(150);
});

// The seeded simulator in the ordinary run: that a seed repeats, that the seeds of old findings hold, and a share of new ones.
import { availableParallelism } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "./run-seed.ts";
import { playSeed, playSeeds, seedsFrom } from "./seed-pool.ts";
import { REGRESSION_SEEDS } from "./regression-seeds.ts";

/** A thousand take about a minute on two quiet cores (27 November 2026); a busy machine plays as many as fit into one. */
const ORDINARY_SEEDS = 1000;
const ORDINARY_MS = 60_000;
const LEAST_SEEDS = 50;
const PATIENCE_MS = 120_000;
const THREADS = Math.min(2, availableParallelism());

/** What went wrong, with the command that shows it. */
function wordsOf({ seed, violation }: RunResult): string {
  return `${violation?.what ?? ""}\n  at step ${violation?.step ?? 0}: npm run proof -- sim --seed ${seed} --trace`;
}

test(
  "one seed is one run: the same trace in another thread, and after another run in the same thread",
  async () => {
    const [alone, again] = await Promise.all([playSeed({ seed: 7 }), playSeed({ seed: 7 })]);
    expect(again.digest).toBe(alone.digest);
    const digests = new Map<number, string>();
    await playSeeds({ seeds: [6, 7, 8], threads: 1 }, ({ seed, digest }) => {
      digests.set(seed, digest);
      return "more";
    });
    expect(digests.get(7)).toBe(alone.digest);
    expect(new Set(digests.values()).size).toBe(3);
  },
  PATIENCE_MS,
);

describe("a seed that once broke a promise", () => {
  const results = new Map<number, RunResult>();
  // Together: a thread takes longer to begin than most of them to be played.
  beforeAll(async () => {
    const seeds = REGRESSION_SEEDS.map(({ seed }) => seed);
    await playSeeds({ seeds, threads: THREADS }, (result) => {
      results.set(result.seed, result);
      return "more";
    });
  }, PATIENCE_MS);

  test.each(REGRESSION_SEEDS)("$seed holds, which found $found", ({ seed }) => {
    const result = results.get(seed);
    expect(result?.violation, result === undefined ? "not played" : wordsOf(result)).toBeNull();
  });
});

test(
  "R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R12 R13 R14 R15 seeds of crashes, lost messages and wrong clocks break no promise",
  async () => {
    const failed: RunResult[] = [];
    const endsAt = performance.now() + ORDINARY_MS;
    let played = 0;
    await playSeeds({ seeds: seedsFrom(1, ORDINARY_SEEDS), threads: THREADS }, (result) => {
      played += 1;
      if (result.violation !== null) failed.push(result);
      return failed.length < 3 && performance.now() < endsAt ? "more" : "enough";
    });
    expect(failed.map(wordsOf)).toEqual([]);
    expect(played).toBeGreaterThanOrEqual(LEAST_SEEDS);
  },
  PATIENCE_MS,
);

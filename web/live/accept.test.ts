import { describe, expect, it } from "vitest";
import { hashFromBytes, type Hash } from "../../schema/index.ts";
import { judge, stretches, take, type Held, type Link } from "./accept.ts";
import type { Run } from "./live-store.ts";
import { mergeRuns } from "./runs.ts";

/** The hash of record n of chain a (or b). */
const h = (n: number, chain = "a"): Hash => hashFromBytes(new Uint8Array(32).fill(n + (chain === "a" ? 0 : 100)));
const record = (seq: number, chain = "a", prev = h(seq - 1, chain)): Link => ({ seq, prev, h: h(seq, chain) });
const run = (from: number, to: number, chain = "a"): Run => ({ from, to, prev: h(from - 1, chain), h: h(to, chain) });
const held = (runs: readonly Run[], starts: readonly number[] = []): Held => ({
  runs,
  starts: new Set(starts),
  hashAt: (seq) => (runs.some(({ from, to }) => from <= seq && seq <= to) ? h(seq) : null),
});

describe("which record a device takes", () => {
  it.each([
    ["the first of a session", held([]), record(1), "start"],
    ["one after a hole", held([run(1, 5)]), record(7), "gap"],
    ["one nobody asked to start at", held([]), record(7), "gap"],
    ["the start that was asked for", held([run(1, 5)], [90]), record(90), "start"],
    ["the next one", held([run(1, 5)]), record(6), "next"],
    ["one held already", held([run(1, 5)]), record(3), "held"],
    ["the last one again", held([run(1, 5)]), record(5), "held"],
    ["another content at a held place", held([run(1, 5)]), { ...record(3), h: h(3, "b") }, "conflict"],
    ["another content at the last place", held([run(1, 5)]), { ...record(5), h: h(5, "b") }, "conflict"],
    ["one that continues another history", held([run(1, 5)]), record(6, "b"), "conflict"],
    ["the one before the oldest held, proven by its prev", held([run(4, 5)]), record(3), "next"],
    ["another one before the oldest held", held([run(4, 5)]), record(3, "b"), "conflict"],
    ["the one that joins two parts", held([run(1, 3), run(5, 9)]), record(4), "next"],
    ["one that fits only the older part", held([run(1, 3), run(5, 9)]), { ...record(4), h: h(4, "b") }, "conflict"],
  ] as const)("%s", (_name, state, link, verdict) => {
    expect(judge(state, link)).toBe(verdict);
  });

  it("joins parts as soon as the chain does", () => {
    expect(take([run(1, 3), run(5, 9)], record(4))).toEqual([run(1, 9)]);
    expect(take([run(1, 3)], record(9))).toEqual([run(1, 3), run(9, 9)]);
  });
});

describe("stretches of records received together", () => {
  it("break where the seq or the chain does", () => {
    const parts = stretches([record(1), record(2), record(4), record(5, "b"), record(6, "b")]);
    expect(parts.map((part) => part.map(({ seq }) => seq))).toEqual([[1, 2], [4], [5, 6]]);
  });
});

describe("runs of two tabs", () => {
  it.each([
    ["join where one continues the other", [run(1, 3)], [run(4, 6)], [run(1, 6)]],
    ["join where they overlap", [run(1, 5)], [run(3, 8)], [run(1, 8)]],
    ["swallow what is inside", [run(1, 9)], [run(3, 4)], [run(1, 9)]],
    ["stay apart over a hole", [run(1, 3)], [run(6, 8)], [run(1, 3), run(6, 8)]],
    ["stay apart where the chain does not hold", [run(1, 3)], [run(4, 6, "b")], [run(1, 3), run(4, 6, "b")]],
  ] as const)("%s, in either order", (_name, one, other, merged) => {
    expect(mergeRuns(one, other)).toEqual(merged);
    expect(mergeRuns(other, one)).toEqual(merged);
  });
});

// Which records a device takes (protocol section 7, client acceptance). Pure: hashes and signatures were computed before.
import type { Hash } from "../../schema/index.ts";
import type { Run } from "./live-store.ts";
import { mergeRuns, runAt, runOf } from "./runs.ts";

/** A record as far as acceptance looks at it. */
export interface Link {
  readonly seq: number;
  readonly prev: Hash;
  readonly h: Hash;
}

/**
 * `next` continues what is held (on either side); `start` begins a part of its own where one was asked for; `held` is
 * already here; `conflict` contradicts a record that is here; `gap` has a hole before it.
 */
export type Verdict = "next" | "start" | "held" | "conflict" | "gap";

export interface Held {
  readonly runs: readonly Run[];
  /** Seqs at which a part of its own may begin: what was asked of the hub, or follows its floor. */
  readonly starts: ReadonlySet<number>;
  /** h of a held record; null when it is not at hand (its run's ends always are). */
  readonly hashAt: (seq: number) => Hash | null;
}

/** What to do with one record whose signature holds. */
export function judge(held: Held, record: Link): Verdict {
  const { seq, prev, h } = record;
  const holder = runOf(held.runs, seq);
  if (holder !== null) {
    const known = seq === holder.to ? holder.h : held.hashAt(seq);
    return known === null || known === h ? "held" : "conflict";
  }
  const before = runOf(held.runs, seq - 1);
  const after = runOf(held.runs, seq + 1);
  if (before !== null && before.h !== prev) return "conflict";
  if (after !== null && after.prev !== h) return "conflict";
  if (before !== null || after !== null) return "next";
  return held.starts.has(seq) || seq === 1 ? "start" : "gap";
}

/** The runs after a record was taken as `next` or `start`. */
export function take(runs: readonly Run[], record: Link): Run[] {
  return mergeRuns(runs, [runAt(record.seq, record.prev, record.h)]);
}

/** Splits records received together into unbroken stretches, each to be proven by the signature of its last one. */
export function stretches<T extends Link>(records: readonly T[]): T[][] {
  const found: T[][] = [];
  for (const record of records) {
    const stretch = found.at(-1);
    const last = stretch?.at(-1);
    if (stretch !== undefined && last !== undefined && last.seq + 1 === record.seq && last.h === record.prev) {
      stretch.push(record);
    } else {
      found.push([record]);
    }
  }
  return found;
}

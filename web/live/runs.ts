// Runs: the stretches of a session's log that a device holds. Pure; every run here was proven by a signature.
import type { Hash } from "../../schema/index.ts";
import type { Run } from "./live-store.ts";

/**
 * All of both, joined where one continues the other. Runs that touch but do not chain stay apart. Never loses a
 * record of either side, so two tabs may merge in any order.
 */
export function mergeRuns(one: readonly Run[], other: readonly Run[]): Run[] {
  const sorted = [...one, ...other].sort((a, b) => a.from - b.from || a.to - b.to);
  const merged: Run[] = [];
  for (const run of sorted) {
    const last = merged.at(-1);
    if (last === undefined || !continues(last, run)) merged.push(run);
    else if (run.to > last.to) merged[merged.length - 1] = { ...last, to: run.to, h: run.h };
  }
  return merged;
}

function continues(last: Run, run: Run): boolean {
  return run.from <= last.to || (run.from === last.to + 1 && run.prev === last.h);
}

/** The run that holds `seq`; null when none does. */
export function runOf(runs: readonly Run[], seq: number): Run | null {
  return runs.find((run) => run.from <= seq && seq <= run.to) ?? null;
}

/** The newest run: the one a screen shows. */
export function newestRun(runs: readonly Run[]): Run | null {
  return runs.at(-1) ?? null;
}

/** A run of one record. */
export function runAt(seq: number, prev: Hash, h: Hash): Run {
  return { from: seq, to: seq, prev, h };
}

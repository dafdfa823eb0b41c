// Changes of a list as splices, so that a flood costs only what is new.
import type { TimelineEntry } from "../model.ts";

/** Replaces `remove` entries at `from` by these. */
export interface Splice {
  readonly from: number;
  readonly remove: number;
  readonly entries: readonly TimelineEntry[];
}

/** The list after the splices, in order. The given list stays as it is. */
export function applySplices(list: readonly TimelineEntry[], splices: readonly Splice[]): readonly TimelineEntry[] {
  let next = list;
  // No spread of `entries` into arguments: a first load may bring more than a call stack holds.
  for (const { from, remove, entries } of splices)
    next = next.slice(0, from).concat(entries, next.slice(from + remove));
  return next;
}

/** The one splice that makes `after` of `before`, keeping what is equal at both ends; null when nothing differs. */
export function spliceBetween(before: readonly TimelineEntry[], after: readonly TimelineEntry[]): Splice | null {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && isSame(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < most - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  if (head === before.length && head === after.length) return null;
  return { from: head, remove: before.length - head - tail, entries: after.slice(head, after.length - tail) };
}

function isSame(a: TimelineEntry | undefined, b: TimelineEntry | undefined): boolean {
  return a === b || (a?.key === b?.key && JSON.stringify(a) === JSON.stringify(b));
}

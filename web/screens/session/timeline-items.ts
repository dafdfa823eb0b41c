// What the list draws: entries, with neighbouring finished steps folded into one line. Pure.
import type { TimelineEntry, ToolView, TurnEndView } from "../../live/model.ts";
import { prosePieces, type ProsePiece } from "../../ui/prose-pieces.ts";
import { cutWord } from "../../views/timeline/turn-line.tsx";
import { isFoldable } from "../../views/timeline/fold-words.ts";

/** One line of the list. `key` stays while neighbours come and go behind it. */
export type TimelineItem =
  | { readonly kind: "entry"; readonly key: string; readonly entry: TimelineEntry; readonly joint?: Joint }
  | { readonly kind: "cut"; readonly key: string; readonly end: TurnEndView }
  | { readonly kind: "fold"; readonly key: string; readonly tools: readonly ToolView[] };

/** How a piece of a long answer hangs together with the pieces above and below it. */
export interface Joint {
  readonly cut: ProsePiece["cut"];
  readonly goesOn: boolean;
}

/** Fewer neighbours than this are said in full. */
const FOLD_FROM = 3;

/** The entries as items, oldest first. */
export function timelineItems(entries: readonly TimelineEntry[]): TimelineItem[] {
  const items: TimelineItem[] = [];
  let run: Extract<TimelineEntry, { kind: "tool" }>[] = [];
  const close = (): void => {
    const [first] = run;
    if (first !== undefined && run.length >= FOLD_FROM) {
      items.push({ kind: "fold", key: `fold/${first.key}`, tools: run.map(({ tool }) => tool) });
    } else {
      for (const entry of run) items.push({ kind: "entry", key: entry.key, entry });
    }
    run = [];
  };
  let turn: Turn | null = null;
  for (const entry of entries) {
    if (entry.kind === "turn" || isUnread(entry)) {
      close();
      items.push(...cutItems(turn));
      turn = entry.kind === "turn" ? entry : null;
    }
    // An open wait is docked above the composer, whole; it takes its place here once it is answered.
    if (entry.kind === "wait" && entry.done === null) continue;
    if (isFoldable(entry)) {
      run.push(entry);
      continue;
    }
    close();
    if (entry.kind === "prose") items.push(...proseItems(entry));
    else items.push({ kind: "entry", key: entry.key, entry });
  }
  close();
  items.push(...cutItems(turn));
  return items;
}

type Turn = Extract<TimelineEntry, { kind: "turn" }>;

/** A message of a later turn, as far as anyone knows. */
function isUnread(entry: TimelineEntry): boolean {
  return entry.kind === "user" && entry.delivery !== "agent";
}

// The turn's line is above all it did, and may be far off the screen: where the work breaks off it is said again. An
// error and an interruption have lines of their own there.
function cutItems(turn: Turn | null): readonly TimelineItem[] {
  if (turn === null || turn.end === null || cutWord(turn.end) === undefined) return [];
  return [{ kind: "cut", key: `cut/${turn.key}`, end: turn.end }];
}

type Prose = Extract<TimelineEntry, { kind: "prose" }>;

// An entry never changes: what it was cut into is kept as long as it is, so that only an answer that grows is cut again.
const cutBefore = new WeakMap<Prose, readonly TimelineItem[]>();

function proseItems(entry: Prose): readonly TimelineItem[] {
  const known = cutBefore.get(entry);
  if (known !== undefined) return known;
  const pieces = prosePieces(entry.text);
  const items = pieces.map(({ text, cut }, index): TimelineItem => {
    if (pieces.length === 1) return { kind: "entry", key: entry.key, entry };
    const key = index === 0 ? entry.key : `${entry.key}/${index}`;
    const joint = { cut, goesOn: index < pieces.length - 1 };
    return { kind: "entry", key, entry: { ...entry, text }, joint };
  });
  cutBefore.set(entry, items);
  return items;
}

/** The newest entry that says the session's state, when it says interrupted: the one that offers to resume. */
export function resumableKey(entries: readonly TimelineEntry[]): string | null {
  const last = entries.findLast((entry) => entry.kind === "state");
  return last?.kind === "state" && last.state === "interrupted" ? last.key : null;
}

/** True when `entries` begins with older ones than before: what was first is still there, further down. */
export function hasOlder(previousFirst: string | undefined, entries: readonly TimelineEntry[]): boolean {
  const first = entries[0]?.key;
  if (previousFirst === undefined || first === undefined || first === previousFirst) return false;
  return entries.some((entry) => entry.key === previousFirst);
}

/** How many entries came after the one last seen. */
export function newSince(seen: string | null, entries: readonly TimelineEntry[]): number {
  if (seen === null) return 0;
  const at = entries.findLastIndex((entry) => entry.key === seen);
  return at === -1 ? 0 : entries.length - 1 - at;
}

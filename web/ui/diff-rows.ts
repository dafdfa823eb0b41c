// Turns two texts into the lines of a unified diff with word marks. Loaded lazily with its library.
import { diffWordsWithSpace, structuredPatch } from "diff";

/** A run of a line; marked when it is what changed within the line. */
export interface DiffPart {
  readonly text: string;
  readonly isMarked: boolean;
}

/** One line of a diff; `line` is its number in the new text, or in the old one when it was removed. */
export type DiffRow =
  | {
      readonly sign: " " | "+" | "-";
      readonly line: number;
      readonly indent: number;
      readonly parts: readonly DiffPart[];
    }
  | { readonly sign: "gap"; readonly skipped: number };

/** The whole diff with its counts. */
export interface DiffTable {
  readonly rows: readonly DiffRow[];
  readonly added: number;
  readonly removed: number;
}

/** Unchanged lines shown around a change. */
const CONTEXT_LINES = 3;
/** Edits after which two texts are taken as wholly different: beyond it the search costs more than a tap may wait. */
const MAX_EDITS = 2000;
/** Characters of a line up to which words are compared. */
const MAX_MARKED_CHARS = 600;
/** Share of a pair of lines that must be equal for word marks to help. */
const MIN_EQUAL_SHARE = 0.3;

interface Line {
  readonly sign: " " | "+" | "-";
  readonly line: number;
  readonly text: string;
}

/** Never throws. `oldText` null is a new file; `firstLine` is the number of the texts' first line. */
export function diffTable(oldText: string | null, newText: string, firstLine = 1): DiffTable {
  const rows: DiffRow[] = [];
  let added = 0;
  let removed = 0;
  let nextLine = 1;
  for (const hunk of hunksOf(oldText ?? "", newText)) {
    if (hunk.newStart > nextLine) rows.push({ sign: "gap", skipped: hunk.newStart - nextLine });
    const lines = numbered(hunk, firstLine - 1);
    for (const line of lines) {
      if (line.sign === "+") added += 1;
      if (line.sign === "-") removed += 1;
    }
    rows.push(...marked(lines));
    nextLine = hunk.newStart + hunk.newLines;
  }
  // A gap before the first change says nothing: the line numbers already do.
  return { rows: rows[0]?.sign === "gap" ? rows.slice(1) : rows, added, removed };
}

interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

function hunksOf(oldText: string, newText: string): readonly Hunk[] {
  const patch = structuredPatch("", "", oldText, newText, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: MAX_EDITS,
  });
  if (patch !== undefined) return patch.hunks;
  const removed = splitLines(oldText).map((line) => `-${line}`);
  const added = splitLines(newText).map((line) => `+${line}`);
  return [{ oldStart: 1, newStart: 1, newLines: added.length, lines: [...removed, ...added] }];
}

function splitLines(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function numbered(hunk: Hunk, offset: number): readonly Line[] {
  let oldLine = hunk.oldStart + offset;
  let newLine = hunk.newStart + offset;
  const lines: Line[] = [];
  for (const raw of hunk.lines) {
    const text = raw.slice(1);
    if (raw.startsWith("+")) lines.push({ sign: "+", line: newLine++, text });
    else if (raw.startsWith("-")) lines.push({ sign: "-", line: oldLine++, text });
    else if (raw.startsWith(" ")) {
      lines.push({ sign: " ", line: newLine++, text });
      oldLine += 1;
    }
  }
  return lines;
}

// A run of removed lines followed by as many added ones is read as those lines changed, one by one.
function marked(lines: readonly Line[]): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let index = 0;
  while (index < lines.length) {
    const removed = run(lines, index, "-");
    const added = run(lines, index + removed.length, "+");
    if (removed.length + added.length === 0) {
      const line = lines[index];
      if (line !== undefined) rows.push(plainRow(line));
      index += 1;
      continue;
    }
    const pairs = removed.map((line, at) => pairParts(line, removed.length === added.length ? added[at] : undefined));
    removed.forEach((line, at) => rows.push(row(line, pairs[at]?.[0])));
    added.forEach((line, at) => rows.push(row(line, pairs[at]?.[1])));
    index += removed.length + added.length;
  }
  return rows;
}

function run(lines: readonly Line[], from: number, sign: "+" | "-"): readonly Line[] {
  let to = from;
  while (lines[to]?.sign === sign) to += 1;
  return lines.slice(from, to);
}

function pairParts(before: Line, after: Line | undefined): readonly [DiffPart[], DiffPart[]] | undefined {
  if (after === undefined || before.text.length + after.text.length > MAX_MARKED_CHARS) return undefined;
  const changes = diffWordsWithSpace(before.text, after.text);
  const equal = changes
    .filter((change) => !change.added && !change.removed)
    .reduce((sum, change) => sum + change.value.trim().length, 0);
  if (equal < MIN_EQUAL_SHARE * Math.min(before.text.trim().length, after.text.trim().length)) return undefined;
  const left = changes
    .filter((change) => !change.added)
    .map((change) => ({ text: change.value, isMarked: change.removed }));
  const right = changes
    .filter((change) => !change.removed)
    .map((change) => ({ text: change.value, isMarked: change.added }));
  return [joined(left), joined(right)];
}

// Marks that only a space divides read as one.
function joined(parts: readonly DiffPart[]): DiffPart[] {
  const result: DiffPart[] = [];
  parts.forEach((part, at) => {
    const isBridge = !part.isMarked && part.text.trim() === "" && at > 0 && at < parts.length - 1;
    const isMarked = part.isMarked || isBridge;
    const last = result.at(-1);
    if (last !== undefined && last.isMarked === isMarked)
      result[result.length - 1] = { text: last.text + part.text, isMarked };
    else result.push({ text: part.text, isMarked });
  });
  return result;
}

function plainRow(line: Line): DiffRow {
  return row(line, undefined);
}

function row(line: Line, parts: readonly DiffPart[] | undefined): DiffRow {
  const indent = line.text.length - line.text.trimStart().length;
  return { sign: line.sign, line: line.line, indent, parts: parts ?? [{ text: line.text, isMarked: false }] };
}

// A long answer as pieces that are parsed and laid out apart: an agent may say megabytes in one message, and Markdown of
// that size would hold the page still for half a minute. Cuts depend on what stands before them only, so that a growing
// answer never moves a piece that is already there.
import { nextFence, STARTS_BLOCK } from "./markdown-blocks.ts";

/** A piece of an answer, and how it hangs together with the one above. */
export interface ProsePiece {
  readonly text: string;
  /** What was cut: nothing (the first), between two blocks, or in the middle of one. */
  readonly cut: "first" | "block" | "line";
}

/** Characters after which a piece ends at the next block: about 10 ms of parsing on a phone's browser. */
const BLOCK_CHARS = 4_000;
/** … and at the next line that may stand alone: a list or a paragraph without an end. */
const LINE_CHARS = 8_000;
/** … and wherever it is: a code block is worth keeping whole for longer, as it is copied whole. */
const MAX_PIECE_CHARS = 32_000;
/** Link definitions above this many characters are not repeated in every piece. */
const MAX_DEFINITIONS_CHARS = 2_000;

const DEFINITION = /^ {0,3}\[[^\]]+\]:/u;
// Neither indented (it may belong to an item of a list), nor a table's row, nor the line under a heading.
const STANDS_ALONE = /^(?!\||-{3}|={3})\S/u;
const FENCE = /^ {0,3}(`{3,}|~{3,})/u;

interface Cutting {
  readonly pieces: { lines: string[]; readonly cut: ProsePiece["cut"] }[];
  readonly definitions: string[];
  size: number;
  /** The line that opened the code block we are in, and its sign. */
  open: { readonly line: string; readonly mark: string } | null;
  isAfterBlank: boolean;
}

/** At least one piece; each is at most about MAX_PIECE_CHARS long. A definition of a link counts in all of them. */
export function prosePieces(text: string): readonly ProsePiece[] {
  if (text.length <= BLOCK_CHARS) return [{ text, cut: "first" }];
  const cutting: Cutting = {
    pieces: [{ lines: [], cut: "first" }],
    definitions: [],
    size: 0,
    open: null,
    isAfterBlank: false,
  };
  for (const line of text.split("\n")) addLine(cutting, line);
  const { pieces, definitions } = cutting;
  const shared = definitions.join("\n");
  const isShared = shared !== "" && shared.length <= MAX_DEFINITIONS_CHARS && pieces.length > 1;
  return pieces.map(({ lines, cut }, index) => {
    // The last one may end within a code block, or holds the definitions itself.
    const tail = isShared && index < pieces.length - 1 ? `\n\n${shared}` : "";
    return { text: lines.join("\n") + tail, cut };
  });
}

function addLine(to: Cutting, line: string): void {
  const cut = cutBefore(to, line);
  if (cut !== null) startPiece(to, cut);
  const mark = FENCE.exec(line)?.[1];
  if (mark !== undefined) {
    if (to.open === null) to.open = { line, mark };
    else if (nextFence(to.open.mark, mark) === null) to.open = null;
  } else if (to.open === null && DEFINITION.test(line)) to.definitions.push(line);
  for (let at = 0; at === 0 || at < line.length; at += MAX_PIECE_CHARS) {
    if (at > 0) startPiece(to, "line");
    const part = line.slice(at, at + MAX_PIECE_CHARS);
    to.pieces.at(-1)?.lines.push(part);
    to.size += part.length + 1;
  }
  to.isAfterBlank = line.trim() === "";
}

function cutBefore({ size, open, isAfterBlank }: Cutting, line: string): "block" | "line" | null {
  if (size < BLOCK_CHARS) return null;
  if (open === null && isAfterBlank && STARTS_BLOCK.test(line)) return "block";
  if (open === null && size >= LINE_CHARS && STANDS_ALONE.test(line)) return "line";
  return size >= MAX_PIECE_CHARS ? "line" : null;
}

// A code block that is cut ends in its piece and begins again in the next.
function startPiece(to: Cutting, cut: "block" | "line"): void {
  const { open } = to;
  if (open !== null) to.pieces.at(-1)?.lines.push(open.mark);
  to.pieces.push({ lines: open === null ? [] : [open.line], cut });
  to.size = 0;
}

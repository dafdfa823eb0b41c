// A streamed answer grows at its end only: cut into blocks, everything but the last block is parsed once.

// A label holds no bare bracket and 999 characters at most: so no line is walked over again from every line above it.
const DEFINITION = /^ {0,3}\[(?:\\[\s\S]|[^[\]\\]){1,999}\]:/mu;
const FENCE = /^ {0,3}(`{3,}|~{3,})/u;
/**
 * What may stand at the start of a block of its own: a heading, or words. A list, a quote, a table or an indented line may
 * belong to what is before it.
 */
export const STARTS_BLOCK = /^(?:#{1,6} |[^\s>|*+\-\d[<#`~])/u;

/**
 * The text cut at blank lines where both sides mean the same apart. Joined with "\n" the blocks are the text again.
 * A text with reference definitions or footnotes stays whole, as they reach across blocks.
 */
export function markdownBlocks(text: string): readonly string[] {
  if (DEFINITION.test(text)) return [text];
  const blocks: string[][] = [[]];
  let fence: string | null = null;
  let isAfterBlank = false;
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (fence === null && isAfterBlank && STARTS_BLOCK.test(line)) blocks.push([]);
    if (mark !== undefined) fence = nextFence(fence, mark);
    blocks.at(-1)?.push(line);
    isAfterBlank = line.trim() === "";
  }
  return blocks.map((lines) => lines.join("\n"));
}

/** The sign of the open fence after one more: a fence is closed by the same sign, at least as many times. */
export function nextFence(open: string | null, mark: string): string | null {
  if (open === null) return mark;
  return mark.startsWith(open) ? null : open;
}

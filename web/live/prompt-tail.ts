// What stands below a conversation: prompts in the machine's queue, then those still on this phone. Pure.
import { parseShape, promptBlocks, type PromptBlock, type SessionId } from "../../schema/index.ts";
import type { OutboxEntry } from "./live-store.ts";
import { commandKey, deliveryIn, type MachineFacts } from "./machine-view.ts";
import type { TimelineEntry } from "./model.ts";
import type { TimelineFold } from "./timeline/fold.ts";

/** The tail of one session's conversation. */
export function promptTail(facts: MachineFacts, session: SessionId, fold: TimelineFold): TimelineEntry[] {
  const queued = fold.queued.map((prompt, ahead) => ({ ...fold.promptEntry(prompt, "machine"), ahead }));
  const known = new Set(queued.map(({ key }) => key));
  const own = facts.entries.flatMap((entry) => {
    if (entry.session !== session || entry.op !== "session.prompt") return [];
    const bubble = bubbleOf(facts, entry);
    return known.has(bubble.key) || fold.has(bubble.key) ? [] : [bubble];
  });
  return [...queued, ...own];
}

function bubbleOf(facts: MachineFacts, entry: OutboxEntry): TimelineEntry {
  const { delivery, refusal } = deliveryIn(facts, entry);
  return {
    kind: "user",
    key: `user:${facts.thisDevice}.${entry.g}.${entry.ctr}`,
    at: entry.at + (facts.offsetMs ?? 0),
    blocks: blocksOf(entry.args),
    delivery,
    refusal,
    command: commandKey(entry),
    by: null,
    queued: delivery === "machine",
  };
}

/** The content blocks in a command's arguments; none where it has none. */
export function blocksOf(args: unknown): readonly PromptBlock[] {
  if (typeof args !== "object" || args === null || !("blocks" in args) || args.blocks === undefined) return [];
  return parseShape(args.blocks, promptBlocks);
}

/** The words of a prompt, for a list. */
export function textOf(blocks: readonly PromptBlock[]): string {
  return blocks.map(({ text, type }) => text ?? `[${type}]`).join("\n");
}

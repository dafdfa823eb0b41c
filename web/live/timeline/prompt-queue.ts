// Prompts in a session's queue, as its log tells: shown below the conversation until a turn takes them. Pure state.
import type { ItemOf, PromptBlock, PromptOrigin } from "../../../schema/index.ts";

/** One queued prompt. */
export interface QueuedPrompt {
  readonly of: PromptOrigin;
  readonly key: string;
  readonly at: number;
  readonly blocks: readonly PromptBlock[];
}

/** The entry's key: the same before and after the machine has it, so that the bubble stays one. */
export function promptKey(of: PromptOrigin, fallback: string): string {
  return of === "desk" ? `desk:${fallback}` : `user:${of.join(".")}`;
}

/** Follows `user`, `unqueued` and `turn` items in their order. */
export class PromptQueue {
  readonly #queued: QueuedPrompt[] = [];

  get queued(): readonly QueuedPrompt[] {
    return this.#queued;
  }

  /** Told again (after an edit, after a crash of the relay) it keeps its place: one command is one bubble. */
  add(item: ItemOf<"user">, at: number, fallback: string): void {
    const { of, prompt: blocks } = item;
    const place = of === "desk" ? -1 : this.#find(of);
    const known = this.#queued[place];
    if (known !== undefined) this.#queued[place] = { ...known, blocks };
    else this.#queued.push({ of, key: promptKey(of, fallback), at, blocks });
  }

  /** Edited: the new words stay in the place of the old; withdrawn: gone. */
  change(item: ItemOf<"unqueued">): void {
    const place = this.#find(item.of);
    const found = this.#queued[place];
    if (found === undefined) return;
    if (item.why === "edited" && item.prompt !== undefined) this.#queued[place] = { ...found, blocks: item.prompt };
    else this.#queued.splice(place, 1);
  }

  /** The agent has taken it; null for one whose `user` item is not here. */
  take(of: PromptOrigin): QueuedPrompt | null {
    const place = this.#find(of);
    return place < 0 ? null : (this.#queued.splice(place, 1)[0] ?? null);
  }

  #find(of: PromptOrigin): number {
    // The desk names no command; its prompts are taken in order.
    if (of === "desk") return this.#queued.findIndex((prompt) => prompt.of === "desk");
    const name = of.join(".");
    return this.#queued.findIndex((prompt) => prompt.of !== "desk" && prompt.of.join(".") === name);
  }
}

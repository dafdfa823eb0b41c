// The queue of one session, as its log tells of it.
import type { CommandRef, PromptBlock, PromptOrigin, SessionId } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { failpoint } from "../failpoint.ts";
import type { Database } from "../journal/database.ts";
import type { AfterLimit } from "./limited-turn.ts";
import type { PromptQueue, QueuedPrompt } from "./prompt-queue.ts";
import type { SessionItems } from "./session-items.ts";

export interface SessionPromptsOptions {
  readonly session: SessionId;
  readonly clock: Clock;
  readonly db: Database;
  readonly queue: PromptQueue;
  readonly items: SessionItems;
  readonly report: (error: unknown) => void;
}

export class SessionPrompts {
  readonly #options: SessionPromptsOptions;

  constructor(options: SessionPromptsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#options.queue.count(this.#options.session);
  }

  /**
   * The row is committed when this returns, with what `within` writes; `told` resolves when the log has it too. E_BUSY when
   * the queue is full.
   */
  add(
    of: PromptOrigin,
    blocks: readonly PromptBlock[],
    within: () => void,
  ): { readonly before: number; readonly told: Promise<void> } {
    const { session, queue, clock, db } = this.#options;
    const { n, before } = db.transaction(() => {
      const added = queue.add(session, of, blocks, clock.now());
      within();
      return added;
    });
    failpoint("prompt.added");
    const told = this.#tellOf({ n, of, blocks });
    // Whoever added it may fail before they wait for this: then that is what is told.
    told.catch(() => undefined);
    return { before, told };
  }

  /** Replaces a queued prompt in its place. E_NOT_FOUND; E_RESOLVED once the agent has it. */
  async edit(of: CommandRef, blocks: readonly PromptBlock[]): Promise<void> {
    const { session, queue, items } = this.#options;
    if (!queue.edit(session, of, blocks)) return;
    items.tell({ k: "unqueued", of, why: "edited", prompt: [...blocks] });
    await items.append({ k: "user", of, prompt: [...blocks] });
  }

  /** Takes a queued prompt back and returns it. E_NOT_FOUND; E_RESOLVED once the agent has it. */
  async withdraw(of: CommandRef): Promise<{ blocks: PromptBlock[] }> {
    const { session, queue, items } = this.#options;
    const { prompt, isNew } = queue.withdraw(session, of);
    const blocks = [...prompt.blocks];
    if (isNew) await items.append({ k: "unqueued", of, why: "withdrawn", prompt: blocks });
    return { blocks };
  }

  /** Takes for this turn what waits, in one commit with what `within` writes; empty, without it, when nothing does. */
  take(turn: number, within: () => void): readonly QueuedPrompt[] {
    const { session, queue, db } = this.#options;
    const batch = queue.nextBatch(session);
    if (batch.length === 0) return batch;
    db.transaction(() => {
      queue.take(batch, turn);
      within();
    });
    failpoint("turn.taken");
    return batch;
  }

  /** Tells the log what that turn has taken; resolves when it is committed, with what `within` writes. */
  async tellTaken(turn: number, within: () => void): Promise<void> {
    const { session, queue, items } = this.#options;
    await items.append({ k: "turn", t: turn, of: queue.takenBy(session, turn).map(({ of }) => of) }, within);
    failpoint("turn.told");
  }

  /** A usage limit is over: the prompts it refused are queued again, in front; the log says so, or that a person goes on. */
  afterLimit(then: AfterLimit): void {
    const { session, queue, items } = this.#options;
    if (then.type === "nothing") return;
    const isSentAgain = then.type === "send-again" && queue.giveBack(session, then.turn) > 0;
    const text = isSentAgain ? "your message is sent again." : "send a message to go on.";
    items.tell({ k: "note", code: "limit-over", text: `The usage limit is over: ${text}` });
  }

  /** Tells the log of a prompt that a crash may have kept from it. Devices know prompts by `of`: twice is once. */
  retell(prompt: QueuedPrompt): void {
    this.#tellOf(prompt).catch(this.#options.report);
  }

  async #tellOf({ n, of, blocks }: QueuedPrompt): Promise<void> {
    const { session, queue, items } = this.#options;
    await items.append({ k: "user", of, prompt: [...blocks] });
    failpoint("prompt.told");
    queue.told(session, n);
  }
}

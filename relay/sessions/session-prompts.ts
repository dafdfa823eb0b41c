// The queue of one session, as its log tells of it.
import { AppError, type CommandRef, type PromptBlock, type PromptOrigin, type SessionId } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { AfterLimit } from "./limited-turn.ts";
import type { PromptQueue, QueuedPrompt } from "./prompt-queue.ts";
import type { SessionItems } from "./session-items.ts";

export interface SessionPromptsOptions {
  readonly session: SessionId;
  readonly clock: Clock;
  readonly queue: PromptQueue;
  readonly items: SessionItems;
  readonly report: (error: unknown) => void;
}

export class SessionPrompts {
  readonly #options: SessionPromptsOptions;
  /** Prompts being handed to the agent: they cannot be changed any more, nor are they taken yet. */
  #taking: readonly QueuedPrompt[] = [];

  constructor(options: SessionPromptsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#options.queue.count(this.#options.session);
  }

  get isTaking(): boolean {
    return this.#taking.length > 0;
  }

  /** The row is committed when this returns; `told` resolves when the log has it too. E_BUSY when the queue is full. */
  add(of: PromptOrigin, blocks: readonly PromptBlock[]): { readonly before: number; readonly told: Promise<void> } {
    const { session, queue, clock } = this.#options;
    const { n, before } = queue.add(session, of, blocks, clock.now());
    return { before, told: this.#tellOf({ n, of, blocks }) };
  }

  /** Replaces a queued prompt in its place. E_NOT_FOUND; E_RESOLVED once the agent has it. */
  async edit(of: CommandRef, blocks: readonly PromptBlock[]): Promise<void> {
    const { session, queue, items } = this.#options;
    this.#refuseTaken(of);
    if (!queue.edit(session, of, blocks)) return;
    items.tell({ k: "unqueued", of, why: "edited", prompt: [...blocks] });
    await items.append({ k: "user", of, prompt: [...blocks] });
  }

  /** Takes a queued prompt back and returns it. E_NOT_FOUND; E_RESOLVED once the agent has it. */
  async withdraw(of: CommandRef): Promise<{ blocks: PromptBlock[] }> {
    const { session, queue, items } = this.#options;
    this.#refuseTaken(of);
    const { prompt, isNew } = queue.withdraw(session, of);
    const blocks = [...prompt.blocks];
    if (isNew) await items.append({ k: "unqueued", of, why: "withdrawn", prompt: blocks });
    return { blocks };
  }

  /** What the next turn would take; until endTaking() nobody changes it. Empty when nothing waits. */
  beginTaking(): readonly QueuedPrompt[] {
    this.#taking = this.#options.queue.nextBatch(this.#options.session);
    return this.#taking;
  }

  endTaking(): void {
    this.#taking = [];
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
    queue.told(session, n);
  }

  #refuseTaken(of: CommandRef): void {
    const name = JSON.stringify(of);
    if (this.#taking.some((prompt) => JSON.stringify(prompt.of) === name)) {
      throw new AppError("E_RESOLVED", { reason: "the agent takes it now" });
    }
  }
}

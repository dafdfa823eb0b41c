// Test harness: consumes an agent's events and lets a test wait for a condition on them.
import type { AgentEvent, AgentProcess } from "../../driver.ts";

export class Collected {
  readonly events: AgentEvent[] = [];
  #waiters: { readonly until: () => boolean; readonly resolve: () => void }[] = [];
  readonly done: Promise<void>;

  /** Starts to consume at once. `onEvent` sees each event in turn. */
  constructor(agent: AgentProcess, onEvent: (event: AgentEvent) => void | Promise<void> = () => undefined) {
    this.done = this.#consume(agent, onEvent);
  }

  /** Resolves as soon as the condition holds after some event; rejects when the events end without it. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    const met = new Promise<void>((resolve) => this.#waiters.push({ until: condition, resolve }));
    const ended = this.done.then(() => {
      if (!condition()) throw new Error(`the events ended early: ${JSON.stringify(this.events).slice(-2_000)}`);
    });
    await Promise.race([met, ended]);
  }

  ofType<T extends AgentEvent["type"]>(type: T): Extract<AgentEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
  }

  /** All text of one kind of chunk, joined. */
  text(kind: "agent_message_chunk" | "agent_thought_chunk" = "agent_message_chunk"): string {
    return this.ofType("update")
      .map(({ params: { update } }) =>
        update.sessionUpdate === kind && update.content.type === "text" ? update.content.text : "",
      )
      .join("");
  }

  async #consume(agent: AgentProcess, onEvent: (event: AgentEvent) => void | Promise<void>): Promise<void> {
    for await (const event of agent.events) {
      this.events.push(event);
      await onEvent(event);
      const met = this.#waiters.filter(({ until }) => until());
      this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
      for (const { resolve } of met) resolve();
    }
  }
}

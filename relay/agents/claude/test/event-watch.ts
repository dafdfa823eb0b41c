// What a session saw of an agent, kept for a test to look at and to wait for.
import type { AgentEvent } from "../../driver.ts";

type EventOf<T extends AgentEvent["type"]> = Extract<AgentEvent, { type: T }>;

/** Consumes a process's events and keeps them; `when` waits for the first that matches, past ones included. */
export class EventWatch {
  readonly seen: AgentEvent[] = [];
  readonly #waiting = new Set<() => void>();
  /** Resolves when the events have ended. */
  readonly over: Promise<void>;

  constructor(events: AsyncIterable<AgentEvent>) {
    this.over = this.#read(events);
  }

  /** Rejects when the events end without one. */
  async when<T extends AgentEvent["type"]>(
    type: T,
    matches: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    const isOfType = (event: AgentEvent): event is EventOf<T> => event.type === type;
    for (;;) {
      const found = this.seen.filter(isOfType).find(matches);
      if (found !== undefined) return found;
      if (this.seen.at(-1)?.type === "ended") throw new Error(`ended without ${type}: ${JSON.stringify(this.seen)}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #read(events: AsyncIterable<AgentEvent>): Promise<void> {
    for await (const event of events) {
      this.seen.push(event);
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }
}

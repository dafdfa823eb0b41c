// The questions of one agent that nobody has answered yet. Each is answered exactly once: by a person, the clock, or us.
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type { AgentEvent } from "../driver.ts";
import type { Ask } from "./asks.ts";

/** Longest single timer, in ms: a machine that slept is noticed within this, and setTimeout's own limit is far away. */
const CLOCK_STEP_MS = 15_000;

interface OpenWait {
  readonly ask: Ask;
  readonly respond: (result: unknown) => void;
  timer: NodeJS.Timeout | undefined;
}

export interface OpenWaitsDeps {
  readonly now: () => number;
  readonly emit: (event: AgentEvent) => void;
}

/** Owns a timer per wait with an end; withdrawAll() clears them. */
export class OpenWaits {
  readonly #deps: OpenWaitsDeps;
  readonly #open = new Map<string, OpenWait>();
  #count = 0;

  constructor(deps: OpenWaitsDeps) {
    this.#deps = deps;
  }

  /** Opens a wait under a key of our own; `respond` is called once, with the result for the agent. */
  add(ask: Ask, respond: (result: unknown) => void): string {
    this.#count += 1;
    const key = `ask-${this.#count}`;
    const open: OpenWait = { ask, respond, timer: undefined };
    this.#open.set(key, open);
    const { kind, req, until } = ask;
    this.#deps.emit({ type: "wait", wait: { key, kind, req, ...(until === undefined ? {} : { until }) } });
    if (until !== undefined) this.#tick(key, open, until);
    return key;
  }

  /** Throws E_RESOLVED for a key that is not open, E_SCHEMA for an answer that does not fit (it stays open then). */
  answer(key: string, answer: WaitAnswer): void {
    const open = this.#open.get(key);
    if (open === undefined) throw new AppError("E_RESOLVED", { key });
    const result = open.ask.resultOf(answer);
    this.#forget(key);
    open.respond(result);
  }

  /** The agent no longer wants an answer: it gets the cancelled one and everybody is told. Unknown keys are ignored. */
  withdraw(key: string): void {
    const open = this.#open.get(key);
    if (open !== undefined) this.#withdraw(key, open, open.ask.cancelled);
  }

  withdrawAll(): void {
    for (const key of this.#open.keys()) this.withdraw(key);
  }

  #tick(key: string, open: OpenWait, until: number): void {
    const leftMs = until - this.#deps.now();
    if (leftMs <= 0) return this.#withdraw(key, open, open.ask.onTime);
    open.timer = setTimeout(() => this.#tick(key, open, until), Math.min(leftMs, CLOCK_STEP_MS));
  }

  #withdraw(key: string, open: OpenWait, result: unknown): void {
    this.#forget(key);
    open.respond(result);
    this.#deps.emit({ type: "withdrawn", key });
  }

  #forget(key: string): void {
    clearTimeout(this.#open.get(key)?.timer);
    this.#open.delete(key);
  }
}

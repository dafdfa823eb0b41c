// One agent and what it says, kept apart from the relay: opens it, writes every event to the log, carries out what a relay
// asks, and ends it when no relay came for too long. Knows no socket; host-server.ts does.
import type { Clock } from "../../clock.ts";
import type { AgentDriver, AgentEvent, AgentProcess } from "../../agents/driver.ts";
import { failpoint } from "../../failpoint.ts";
import type { EventLog } from "./event-log.ts";
import { EVENTS_UNTAKEN_BYTES, FULL_DISK_RETRY_MS } from "./host-limits.ts";
import { failureOf, type HostCall, type HostConfig, type HostEvent } from "./host-protocol.ts";

/** What a host works with. */
export interface HostParts {
  readonly config: Pick<HostConfig, "open" | "aloneMs">;
  readonly driver: AgentDriver;
  readonly log: EventLog;
  readonly clock: Clock;
}

/** What a relay that connects is told first. */
export interface HostFacts {
  /** The newest turn that was started here; 0 before the first. */
  readonly turn: number;
  /** Keys of the waits the agent holds open. */
  readonly waits: readonly string[];
}

/** Starts at once. `over` resolves when the agent is gone and every event is in the log. */
export class SessionHost {
  readonly over: Promise<void>;
  readonly #parts: HostParts;
  readonly #opening = new AbortController();
  readonly #waits = new Set<string>();
  #process: AgentProcess | undefined;
  #turn = 0;
  #takenAt = 0;
  #isClosing = false;
  #roomWaiters: (() => void)[] = [];
  #cancelAlone: () => void = () => undefined;
  #cancelFlush: () => void = () => undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.setAlone(true);
    this.over = this.#run();
  }

  facts(): HostFacts {
    return { turn: this.#turn, waits: [...this.#waits] };
  }

  /** Carries out a call; resolves when it is done, rejects with the driver's refusal. */
  async call(call: HostCall): Promise<void> {
    switch (call.t) {
      case "prompt":
        return this.#prompt(call.turn, call.blocks);
      case "answer":
        failpoint("host.answer.before");
        await this.#opened().answer(call.key, call.answer);
        failpoint("host.answer.after");
        this.#waits.delete(call.key);
        return;
      case "cancel":
        return this.#opened().cancel();
      case "configure":
        return this.#opened().configure(call.change);
      case "close":
        return this.#close();
      default:
        return call satisfies never;
    }
  }

  /** A relay is there, or the last one has gone. */
  setAlone(isAlone: boolean): void {
    this.#cancelAlone();
    const { clock, config } = this.#parts;
    this.#cancelAlone = isAlone ? clock.setTimer(() => void this.#aloneTooLong(), config.aloneMs) : () => undefined;
  }

  /** Everything up to this offset is safe at the relay. */
  taken(at: number): void {
    this.#takenAt = Math.max(this.#takenAt, at);
    this.#parts.log.prune(this.#takenAt);
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  /** Whether the relay has everything there will ever be. */
  isTaken(): boolean {
    return this.#takenAt >= this.#parts.log.end;
  }

  #opened(): AgentProcess {
    if (this.#process === undefined) throw new TypeError("called before it was ready");
    return this.#process;
  }

  /** A relay that crashed does not know whether its prompt arrived, and says it again. */
  #prompt(turn: number, blocks: Extract<HostCall, { t: "prompt" }>["blocks"]): void {
    if (turn <= this.#turn) return;
    failpoint("host.prompt.before");
    const ended = this.#opened().prompt(blocks);
    failpoint("host.prompt.after");
    this.#turn = turn;
    ended.then(
      (end) => this.#tell({ type: "turnend", turn, end }),
      // The agent ended instead: its last event says how.
      () => undefined,
    );
  }

  async #run(): Promise<void> {
    const { driver, config } = this.#parts;
    try {
      this.#process = await driver.open({ ...config.open, signal: this.#opening.signal });
    } catch (error) {
      this.#tell({ type: "unopened", failure: failureOf(error) });
      return this.#written();
    }
    this.#tell({ type: "ready", pid: this.#process.pid });
    failpoint("host.ready");
    for await (const event of this.#process.events) {
      this.#follow(event);
      this.#tell(event);
      await this.#room();
    }
    await this.#written();
  }

  #follow(event: AgentEvent): void {
    if (event.type === "wait") this.#waits.add(event.wait.key);
    if (event.type === "withdrawn") this.#waits.delete(event.key);
  }

  #tell(event: HostEvent): void {
    failpoint("host.log.before");
    if (!this.#parts.log.append(JSON.stringify(event))) this.#flushLater();
    failpoint("host.log.after");
  }

  /** The disk is full: it is asked again until it takes what the agent said. */
  #flushLater(): void {
    this.#cancelFlush();
    this.#cancelFlush = this.#parts.clock.setTimer(() => {
      if (!this.#parts.log.flush()) return this.#flushLater();
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }, FULL_DISK_RETRY_MS);
  }

  /** An agent whose words nobody takes, or no disk keeps, is slowed down, as by a full pipe. */
  async #room(): Promise<void> {
    const { log } = this.#parts;
    while (!this.#isClosing && (log.isFull || log.end - this.#takenAt >= EVENTS_UNTAKEN_BYTES)) await this.#change();
  }

  async #written(): Promise<void> {
    while (this.#parts.log.isFull) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  async #close(): Promise<void> {
    // What it says while it ends does not wait for a relay that may be gone.
    this.#isClosing = true;
    this.taken(0);
    this.#opening.abort();
    await this.#process?.close();
  }

  async #aloneTooLong(): Promise<void> {
    const minutes = Math.round(this.#parts.config.aloneMs / 60_000);
    const text = `The relay was away for ${minutes} minutes, so the agent was ended. Send a message to go on.`;
    this.#tell({ type: "note", code: "host-alone", text });
    await this.#close();
  }
}

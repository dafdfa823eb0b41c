// An agent behind its session host, as the session sees it: calls go to the host, events come out of its log. A host that
// is gone is read to the end of its log.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import { settlesWithin } from "../../agents/deadline.ts";
import type { AgentEvent, AgentProcess, ExitReport, HostRef, Logged, TurnEnd } from "../../agents/driver.ts";
import type { Clock } from "../../clock.ts";
import { failpoint } from "../../failpoint.ts";
import { HOST_END_MS, TAKEN_EVERY_MS } from "./host-limits.ts";
import type { HostCaller } from "./host-link.ts";
import type { EventLine, HostCall } from "./host-protocol.ts";

/** What a process behind a host is made of. */
export interface HostedParts {
  readonly ref: HostRef;
  /** Null when the host is gone. */
  readonly caller: Pick<HostCaller, "welcome" | "call" | "taken" | "close"> | null;
  /** Offset after which events are wanted. */
  readonly from: number;
  readonly agentPid: number;
  /** Events after an offset, from the host; ends when it is gone or `signal` aborts. */
  readonly events: (from: number, signal: AbortSignal) => AsyncIterable<EventLine>;
  /** What its log holds after an offset, once it is gone. */
  readonly rest: (from: number) => Iterable<EventLine>;
  /** Ends the host process, whatever it does; resolves when it is gone. */
  readonly endHost: () => Promise<void>;
  /** Deletes what the host wrote. */
  readonly forget: () => void;
  readonly clock: Clock;
}

type Event = AgentEvent & Logged;

const HOST_GONE: ExitReport = {
  code: null,
  signal: null,
  stderr: "The process that kept this agent is gone.",
  forced: false,
};

/** Its events end with `ended` whatever happens; then the host is gone too. */
export class HostedProcess implements AgentProcess {
  readonly pid: number;
  readonly host: HostRef;
  readonly events: AsyncIterable<Event>;
  readonly openWaits?: readonly string[];
  readonly #parts: HostedParts;
  readonly #hangUp = new AbortController();
  readonly #turns = new Map<number, PromiseWithResolvers<TurnEnd>>();
  #report: ExitReport = HOST_GONE;
  #closing: Promise<ExitReport> | undefined;
  #takenAt = 0;
  #cancelTaken: (() => void) | null = null;

  constructor(parts: HostedParts) {
    this.#parts = parts;
    this.pid = parts.agentPid;
    this.host = parts.ref;
    if (parts.caller !== null) this.openWaits = parts.caller.welcome.waits;
    this.events = this.#read();
  }

  async prompt(blocks: readonly ContentBlock[], turn?: number): Promise<TurnEnd> {
    if (turn === undefined) throw new TypeError("a host counts turns");
    const end = this.#turnOf(turn);
    await this.#call({ t: "prompt", turn, blocks });
    return end.promise;
  }

  answer(key: string, answer: WaitAnswer): Promise<void> {
    return this.#call({ t: "answer", key, answer });
  }

  cancel(): Promise<void> {
    return this.#call({ t: "cancel" });
  }

  configure(change: { readonly mode: string } | { readonly model: string }): Promise<void> {
    return this.#call({ t: "configure", change });
  }

  close(): Promise<ExitReport> {
    return (this.#closing ??= this.#close());
  }

  /** Told to the host now and then: it only lets the host delete what it has written. */
  taken(at: number): void {
    this.#takenAt = Math.max(this.#takenAt, at);
    this.#cancelTaken ??= this.#parts.clock.setTimer(() => {
      this.#cancelTaken = null;
      this.#parts.caller?.taken(this.#takenAt);
    }, TAKEN_EVERY_MS);
  }

  leave(): void {
    this.#cancelTaken?.();
    this.#hangUp.abort();
    this.#parts.caller?.close();
  }

  forget(): void {
    failpoint("session.ended");
    this.#parts.forget();
  }

  async #close(): Promise<ExitReport> {
    const { caller, endHost } = this.#parts;
    // Done when the agent is gone; a host that does not answer is ended below.
    await settlesWithin(
      this.#call({ t: "close" }).catch(() => undefined),
      HOST_END_MS,
    );
    caller?.close();
    await endHost();
    this.#hangUp.abort();
    return this.#report;
  }

  #call(call: HostCall): Promise<void> {
    const { caller } = this.#parts;
    if (caller === null) return Promise.reject(new AppError("E_AGENT", { reason: "ended" }));
    return caller.call(call);
  }

  async *#read(): AsyncGenerator<Event, void, undefined> {
    let { from: at } = this.#parts;
    for await (const line of this.#lines()) {
      ({ at } = line);
      const event = await this.#take(line);
      if (event === null) continue;
      if (event.type === "ended") return yield this.#over(event);
      yield event;
    }
    if (this.#hangUp.signal.aborted && this.#closing === undefined) return;
    yield this.#over({ type: "ended", report: HOST_GONE, expected: this.#closing !== undefined, at });
  }

  /** From the host while it lives, the rest from its log. */
  async *#lines(): AsyncGenerator<EventLine, void, undefined> {
    const { caller, from, events, rest, endHost } = this.#parts;
    let at = from;
    if (caller !== null) {
      for await (const line of events(from, this.#hangUp.signal)) {
        ({ at } = line);
        yield line;
      }
      if (this.#hangUp.signal.aborted && this.#closing === undefined) return;
      await endHost();
    }
    yield* rest(at);
  }

  async #take({ at, event }: EventLine): Promise<Event | null> {
    switch (event.type) {
      case "ready":
        return null;
      case "unopened":
        return { type: "ended", report: HOST_GONE, expected: false, at };
      case "turnend":
        // Whoever waited has seen all of the turn, because nothing is read on before it was dealt with.
        this.#turnOf(event.turn).resolve({ ...event.end, at });
        await nextTurn();
        return null;
      default:
        return { ...event, at };
    }
  }

  #over(event: Extract<Event, { type: "ended" }>): Event {
    this.#report = event.report;
    const error = new AppError("E_AGENT", { reason: "ended", text: event.report.stderr });
    for (const { promise, reject } of this.#turns.values()) {
      // A turn nobody waits for any more.
      promise.catch(() => undefined);
      reject(error);
    }
    this.#parts.caller?.close();
    return event;
  }

  #turnOf(turn: number): PromiseWithResolvers<TurnEnd> {
    const known = this.#turns.get(turn);
    if (known !== undefined) return known;
    const made = Promise.withResolvers<TurnEnd>();
    this.#turns.set(turn, made);
    return made;
  }
}

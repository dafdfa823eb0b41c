// One life of a session's agent: opened, listened to, ended. It knows no queue and no log.
import { AppError, isAppError } from "../../schema/index.ts";
import type { AgentDriver, AgentEvent, AgentProcess, HostRef, Logged, OpenOptions, TurnEnd } from "../agents/driver.ts";
import { MARK_NAME } from "../agents/marked-processes.ts";
import { settlesWithin } from "../agents/deadline.ts";
import { failpoint } from "../failpoint.ts";
import { exitWords, wordsOf } from "./agent-words.ts";
import { toContent } from "./prompt-blocks.ts";
import type { QueuedPrompt } from "./prompt-queue.ts";
import { CLOSE_DRAIN_MS } from "./session-limits.ts";
import type { SessionParts } from "./session-parts.ts";
import type { SessionRow } from "./session-rows.ts";

/** An event that is not the end, and how far a host's log goes with it. */
export type RunEvent = Exclude<AgentEvent, { type: "ended" }> & Logged;

export interface RunListener {
  /** The agent takes prompts; not called once close() was. */
  onReady(process: AgentProcess, pidStart: string | undefined): void;
  /** The agent no longer has the conversation it was to continue: it is started anew. */
  onForgotten(): void;
  /** Every event but the last, in order; the agent is not read on until this resolves. */
  onEvent(process: AgentProcess, event: RunEvent): Promise<void>;
  /** It could not be opened, or ended by itself: the last words about it. Not called once close() was. */
  onLost(words: string): Promise<void>;
  /** A defect, or the storage's refusal. */
  report(error: unknown): void;
}

/** An agent of an earlier boot: its host, and how far its log was taken. */
export interface Adopted {
  readonly host: HostRef;
  readonly from: number;
}

type RunParts = Pick<SessionParts, "driver" | "envFor" | "startTime">;

/** Opens the agent at once, or finds one again. Whoever makes it owns it and calls close(), or leave(). */
export class AgentRun {
  readonly #parts: RunParts;
  readonly #row: SessionRow;
  readonly #listener: RunListener;
  readonly #adopted: Adopted | undefined;
  readonly #opened: Promise<void>;
  #process: AgentProcess | undefined;
  #consumed: Promise<void> | undefined;
  #isClosing = false;
  readonly #opening = new AbortController();

  constructor(parts: RunParts, row: SessionRow, listener: RunListener, adopted?: Adopted) {
    this.#parts = parts;
    this.#row = row;
    this.#listener = listener;
    this.#adopted = adopted;
    this.#opened = this.#open();
  }

  /** Undefined while it is being opened. */
  get process(): AgentProcess | undefined {
    return this.#process;
  }

  /** Resolves when it takes prompts, or could not be opened. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** A turn of these prompts, or the rest of one. Null when the agent ended instead: its last event says how. */
  async turn(turn: number, batch: readonly QueuedPrompt[]): Promise<TurnEnd | null> {
    const process = this.#process;
    if (process === undefined) throw new TypeError("a turn before the agent is there");
    try {
      const ended = process.prompt(
        batch.flatMap(({ blocks }) => blocks.map(toContent)),
        turn,
      );
      failpoint("turn.given");
      return await ended;
    } catch (error) {
      if (!isAppError(error)) this.#listener.report(error);
      await process.close();
      return null;
    }
  }

  /** Also gives up opening it. Resolves when nothing of it is left and its last events were dealt with, as far as the log takes them. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#opening.abort();
    await this.#opened;
    await this.#process?.close();
    if (this.#consumed !== undefined) await settlesWithin(this.#consumed, CLOSE_DRAIN_MS);
  }

  /** The relay goes, the agent stays: nothing of it is heard or told any more. */
  async leave(): Promise<void> {
    await this.#opened;
    this.#isClosing = true;
    this.#process?.leave?.();
  }

  async #open(): Promise<void> {
    try {
      const process = await this.#openDriver();
      this.#process = process;
      const pidStart = await this.#parts.startTime(process.pid);
      if (this.#isClosing) return;
      this.#listener.onReady(process, pidStart);
      this.#consumed = this.#consume(process);
    } catch (error) {
      if (!isAppError(error)) this.#listener.report(error);
      await this.#lost(wordsOf(error));
    }
  }

  async #openDriver(): Promise<AgentProcess> {
    const { agent, cwd, model, mode, agentSession, forkOf, turn, mark } = this.#row;
    const driver = await this.#parts.driver(agent);
    if (driver === undefined) throw new AppError("E_AGENT", { text: `There is no agent "${agent}" on this machine.` });
    if (this.#adopted !== undefined) return this.#adopt(driver, this.#adopted);
    failpoint("session.started");
    const fresh: OpenOptions = {
      cwd,
      signal: this.#opening.signal,
      env: { ...(await this.#parts.envFor(agent)), ...(mark === undefined ? {} : { [MARK_NAME]: mark }) },
      ...(model === undefined ? {} : { model }),
      ...(mode === undefined ? {} : { mode }),
    };
    // Before its first turn an agent has kept nothing that it could find again.
    const resume = turn === 0 ? forkOf : agentSession;
    if (resume === undefined) return driver.open(fresh);
    try {
      return await driver.open({ ...fresh, resume, ...(turn === 0 ? { fork: true } : {}) });
    } catch (error) {
      if (!isForgotten(error) || this.#isClosing) throw error;
      this.#listener.onForgotten();
      return driver.open(fresh);
    }
  }

  #adopt(driver: AgentDriver, { host, from }: Adopted): Promise<AgentProcess> {
    const { pid, pidStart, mark } = this.#row;
    if (driver.adopt === undefined || pid === undefined) throw new TypeError("nothing to adopt");
    return driver.adopt({ host, from, pid, pidStart, mark });
  }

  async #consume(process: AgentProcess): Promise<void> {
    let words = "The agent ended.";
    try {
      for await (const event of process.events) {
        if (event.type === "ended") words = exitWords(event.report);
        else await this.#listener.onEvent(process, event);
      }
    } catch (error) {
      // Nothing can be stored, or a driver's defect: an agent whose words are lost must not work on.
      this.#listener.report(error);
      words = wordsOf(error);
      await process.close();
    }
    await this.#lost(words);
  }

  /** Nobody awaits this: what cannot be written down must not end the relay, and every other session with it. */
  async #lost(words: string): Promise<void> {
    try {
      if (!this.#isClosing) await this.#listener.onLost(words);
    } catch (error) {
      this.#listener.report(error);
    }
  }
}

/** Refusals that every later try would meet again. */
function isForgotten(error: unknown): boolean {
  if (!isAppError(error, "E_AGENT")) return false;
  return error.data["reason"] === "resume-refused" || error.data["reason"] === "no-resume";
}

// One running claude: its lines become events, our calls become its lines. What the lines mean is in translate.ts.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { AppError, assertNever, type WaitAnswer } from "../../../schema/index.ts";
import { CONFIGURE_TIMEOUT_MS, EVENTS_AHEAD_CHARS } from "../agent-limits.ts";
import type { AgentChild } from "../child.ts";
import { settlesWithin } from "../deadline.ts";
import type { AgentEvent, AgentProcess, ExitReport, OpenOptions, TurnEnd } from "../driver.ts";
import { EventQueue } from "../event-queue.ts";
import { CANCEL_TIMEOUT_MS, CLOSE_GRACE_MS, STOP_BEFORE_CLOSE_MS } from "./claude-limits.ts";
import { userContent } from "./content.ts";
import { ControlRequests } from "./control.ts";
import { ClaudeTranslator, type ClaudeFact } from "./translate.ts";

interface Turn {
  readonly done: Promise<TurnEnd>;
  readonly resolve: (end: TurnEnd) => void;
  readonly reject: (error: AppError) => void;
}

interface ClaudeProcessOptions {
  readonly child: AgentChild;
  readonly now: () => number;
  readonly resume?: string;
  readonly log?: OpenOptions["log"];
  /** Ends what the group's end has not reached; called once claude is gone. */
  readonly sweep?: () => Promise<void>;
}

/** Owns `child` from construction on; close() ends it. */
export class ClaudeProcess implements AgentProcess {
  readonly pid: number;
  readonly #child: AgentChild;
  readonly #log: OpenOptions["log"];
  readonly #isResumed: boolean;
  readonly #translator: ClaudeTranslator;
  readonly #control: ControlRequests;
  readonly #events = new EventQueue<AgentEvent>(EVENTS_AHEAD_CHARS);
  /** Claude and all it started are gone. */
  readonly #gone: Promise<ExitReport>;
  #turn: Turn | undefined;
  /** Set when the output is over: why nothing more can be asked. */
  #over: AppError | undefined;
  #lastError: string | undefined;
  #hasOpened = false;
  #closing: Promise<ExitReport> | undefined;

  constructor({ child, now, resume, log, sweep }: ClaudeProcessOptions) {
    this.pid = child.pid;
    this.#child = child;
    this.#log = log;
    this.#isResumed = resume !== undefined;
    this.#translator = new ClaudeTranslator({ now, ...(resume === undefined ? {} : { agentSession: resume }) });
    this.#control = new ControlRequests((line) => void this.#tell(line));
    this.#gone = child.exited.then(async (report) => {
      await sweep?.().catch((error: unknown) => log?.("claude's commands not ended", { text: String(error) }));
      return report;
    });
    void this.#pump();
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#events;
  }

  /** The first exchange; claude's reply. Throws E_AGENT with its last words in `text` if it ends instead, or E_TIMEOUT. */
  initialize(timeoutMs: number): Promise<unknown> {
    return this.#ask({ subtype: "initialize", hooks: null }, timeoutMs);
  }

  async prompt(blocks: readonly ContentBlock[]): Promise<TurnEnd> {
    if (this.#turn !== undefined) throw new TypeError("prompt during a turn");
    const content = userContent(blocks);
    if (this.#over !== undefined) throw this.#over;
    this.#takeAll(this.#translator.promptStarts(), 0);
    const turn = createTurn();
    this.#turn = turn;
    await this.#tell(userLine(content));
    return turn.done;
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    const decision = this.#translator.answer(key, answer);
    if (decision !== undefined) await this.#respond(key, { subtype: "success", response: decision });
  }

  async cancel(): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined) return;
    await this.#interrupt();
    if (await isSettledWithin(turn.done, CANCEL_TIMEOUT_MS)) return;
    // It neither stops nor says why. A claude that lives on might still work, so it is closed; the session can resume.
    await this.close();
  }

  async configure(change: { readonly mode: string } | { readonly model: string }): Promise<void> {
    const request =
      "mode" in change
        ? { subtype: "set_permission_mode", mode: change.mode }
        : { subtype: "set_model", model: change.model };
    await this.#ask(request, CONFIGURE_TIMEOUT_MS);
  }

  close(): Promise<ExitReport> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<ExitReport> {
    const turn = this.#turn;
    if (turn !== undefined && this.#over === undefined) {
      // SIGTERM loses what claude was saying; an interrupt makes it end its commands and keep the text.
      await this.#interrupt();
      await isSettledWithin(turn.done, STOP_BEFORE_CLOSE_MS);
    }
    await this.#child.end({ graceMs: CLOSE_GRACE_MS });
    return this.#gone;
  }

  async #interrupt(): Promise<void> {
    try {
      await this.#ask({ subtype: "interrupt", cancel_queued: true }, CANCEL_TIMEOUT_MS);
    } catch (error) {
      // It ended or does not answer: the callers wait for the turn with a limit of their own and then end it.
      this.#log?.("claude interrupt failed", { text: String(error) });
    }
  }

  #ask(request: { readonly subtype: string } & Record<string, unknown>, timeoutMs: number): Promise<unknown> {
    return this.#over === undefined ? this.#control.ask(request, timeoutMs) : Promise.reject(this.#over);
  }

  /** A claude that takes no input is of no use: it is ended, and its end tells whoever waits, with its last words. */
  async #tell(line: string): Promise<void> {
    try {
      await this.#child.write(line);
    } catch (error) {
      this.#log?.("claude takes no input", { text: String(error) });
      void this.#child.end({ graceMs: CLOSE_GRACE_MS });
    }
  }

  async #pump(): Promise<void> {
    try {
      for await (const line of this.#child.lines) {
        this.#takeAll(this.#translator.line(line), line.length);
        await this.#events.room();
      }
      // A claude that closed its stdout can say nothing more: it has ended for us, whether it lives on or not.
      void this.#child.end({ graceMs: CLOSE_GRACE_MS });
    } catch (error) {
      // A line over the limit: the rest of its output cannot be understood.
      this.#over = endedError(error);
      this.#log?.("claude output unusable", { text: String(error) });
      void this.#child.end({ graceMs: 0 });
    }
    const report = await this.#gone;
    this.#takeAll(this.#translator.finish(), 0);
    this.#over ??= new AppError("E_AGENT", { reason: this.#endReason(), text: this.#lastWords(report) });
    this.#control.failAll(this.#over);
    this.#events.push({ type: "ended", report, expected: this.#closing !== undefined }, 0);
    this.#events.end();
    if (this.#turn !== undefined) this.#fail(this.#turn, this.#over);
  }

  /** `resume-refused`: claude has no such session, so trying again is of no use but starting anew is. */
  #endReason(): string {
    return this.#isResumed && !this.#hasOpened && this.#lastError !== undefined ? "resume-refused" : "ended";
  }

  /** The vendor's words about an end: those of a failed result if there was one, else of stderr. */
  #lastWords(report: ExitReport): string {
    const cause = report.signal === null ? `exit code ${report.code}` : report.signal;
    return this.#lastError ?? (report.stderr.trim() || cause);
  }

  #takeAll(facts: readonly ClaudeFact[], size: number): void {
    for (const fact of facts) this.#takeFact(fact, size / facts.length);
  }

  #takeFact(fact: ClaudeFact, size: number): void {
    switch (fact.type) {
      case "event":
        this.#hasOpened ||= fact.event.type === "opened";
        this.#events.push(fact.event, size);
        return;
      case "turn":
        this.#lastError = fact.end.error;
        if (fact.isOurs) this.#finishTurn(fact.end);
        return;
      case "reply":
        this.#control.settle(fact);
        return;
      case "unsupported":
        void this.#respond(fact.id, { subtype: "error", error: `${fact.subtype} is not supported` }).catch(
          // It ended meanwhile: nobody waits for this reply any more.
          (error: unknown) => this.#log?.("claude left", { text: String(error) }),
        );
        return;
      case "garbage":
        this.#log?.("claude line not understood");
        return;
      default:
        assertNever(fact);
    }
  }

  #finishTurn(end: TurnEnd): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    void this.#events.allTaken().then(() => {
      // Only now may the next prompt come, and whoever waited has seen all of this turn.
      this.#turn = undefined;
      turn.resolve(end);
    });
  }

  #fail(turn: Turn, error: AppError): void {
    void this.#events.allTaken().then(() => {
      this.#turn = undefined;
      turn.reject(error);
    });
  }

  async #respond(requestId: string, reply: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#child.write(
      JSON.stringify({ type: "control_response", response: { request_id: requestId, ...reply } }),
    );
  }
}

function createTurn(): Turn {
  const { promise: done, resolve, reject } = Promise.withResolvers<TurnEnd>();
  return { done, resolve, reject };
}

function userLine(content: readonly unknown[]): string {
  return JSON.stringify({ type: "user", message: { role: "user", content }, parent_tool_use_id: null });
}

function endedError(cause: unknown): AppError {
  return cause instanceof AppError ? cause : new AppError("E_AGENT", { reason: "ended" }, { cause });
}

/** True when `done` settled in time, well or badly. */
function isSettledWithin(done: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return settlesWithin(
    done.catch(() => undefined),
    timeoutMs,
  );
}

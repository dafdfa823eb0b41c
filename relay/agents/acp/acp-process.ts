// One running ACP agent: its session, its turn, its waits. Owns the child process; opening it is acp-open.ts.
import type { ContentBlock, SessionNotification } from "@agentclientprotocol/sdk";
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import {
  CANCEL_NOTICE_AFTER_MS,
  CONFIGURE_TIMEOUT_MS,
  EVENTS_AHEAD_CHARS,
  GARBAGE_SHOWN_CHARS,
} from "../agent-limits.ts";
import type { AgentChild } from "../child.ts";
import { within } from "../deadline.ts";
import type { AgentEvent, AgentProcess, ExitReport, OpenOptions, TurnEnd } from "../driver.ts";
import { EventQueue } from "../event-queue.ts";
import { ASK_METHODS } from "./asks.ts";
import type { AcpFacts } from "./facts.ts";
import { JsonRpcPeer, RPC_CODES, RpcError, type RpcId } from "./json-rpc.ts";
import { OpenWaits } from "./open-waits.ts";
import { SessionFacts } from "./session-facts.ts";
import { authStatusUpdate, cancelRequest, isSessionNotification, noticeUpdate } from "./shapes.ts";
import { turnEndOf, turnErrorOf, vendorWords } from "./turn-end.ts";
import type { UpdateGate } from "./update-gate.ts";

export interface AcpProcessDeps {
  readonly now: () => number;
  readonly log?: OpenOptions["log"];
  /** Milliseconds between SIGTERM and SIGKILL; for tests. */
  readonly forceKillAfterMs?: number;
  /** Ends what the group's end has not reached; called once the agent is gone. */
  readonly sweep?: () => Promise<void>;
}

interface Turn {
  isCancelled: boolean;
  readonly costBefore: number | undefined;
  notice: NodeJS.Timeout | undefined;
}

/** Runs from construction on; whoever made it must close() or end() it. Its events end with `ended` whatever happens. */
export class AcpProcess implements AgentProcess {
  readonly pid: number;
  readonly events: EventQueue<AgentEvent>;
  readonly peer: JsonRpcPeer;
  /** What the agent said of its session; filled by openSession. */
  readonly session = new SessionFacts();
  readonly gate: UpdateGate;
  readonly #child: AgentChild;
  readonly #facts: AcpFacts;
  readonly #deps: AcpProcessDeps;
  readonly #waits: OpenWaits;
  /** The agent and all it started are gone. */
  readonly #gone: Promise<ExitReport>;
  /** Keys of open waits by the agent's own request id, for $/cancel_request. */
  readonly #keys = new Map<RpcId, string>();
  #turn: Turn | undefined;
  #isClosing = false;
  #lineChars = 0;
  #early: AgentEvent[] | undefined = [];
  #garbage = "";

  constructor(child: AgentChild, facts: AcpFacts, gate: UpdateGate, deps: AcpProcessDeps) {
    this.#child = child;
    this.#facts = facts;
    this.#deps = deps;
    this.pid = child.pid;
    this.gate = gate;
    this.events = new EventQueue(EVENTS_AHEAD_CHARS);
    this.#waits = new OpenWaits({ now: deps.now, emit: (event) => this.emit(event) });
    this.peer = new JsonRpcPeer((line) => child.write(line), {
      onRequest: (id, method, params) => this.#asked(id, method, params),
      onNotification: (method, params) => this.#told(method, params),
      onGarbage: (line) => {
        this.#garbage = line.slice(0, GARBAGE_SHOWN_CHARS);
        this.#deps.log?.("acp garbage", { chars: line.length });
      },
    });
    this.#gone = child.exited.then(async (report) => {
      await deps.sweep?.().catch((error: unknown) => deps.log?.("agent's commands not ended", { text: String(error) }));
      return report;
    });
    // Its failure is the peer's: every request rejects with it, and `ended` is emitted whatever happens.
    void this.#run();
  }

  /** `opened` goes first: what comes before it is held back until then, or until the end. */
  emit(event: AgentEvent): void {
    if (event.type !== "opened" && event.type !== "ended" && this.#early !== undefined) {
      this.#early.push(event);
      return;
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const each of event.type === "opened" ? [event, ...early] : [...early, event]) {
      this.events.push(each, this.#lineChars);
    }
  }

  async prompt(blocks: readonly ContentBlock[]): Promise<TurnEnd> {
    if (this.#turn !== undefined) throw new TypeError("prompt() during a turn");
    const turn: Turn = { isCancelled: false, costBefore: this.session.costUsd, notice: undefined };
    this.#turn = turn;
    this.gate.endReplay();
    try {
      const answer = await this.peer.request("session/prompt", { sessionId: this.session.id, prompt: blocks });
      return turnEndOf(answer, this.session.costSince(turn.costBefore));
    } catch (error) {
      return this.#failedTurn(turn, error);
    } finally {
      clearTimeout(turn.notice);
      this.#waits.withdrawAll();
      this.#turn = undefined;
      // So that nobody records the end of a turn before its last words.
      await this.events.allTaken();
    }
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    this.#waits.answer(key, answer);
  }

  async cancel(): Promise<void> {
    const turn = this.#turn;
    if (turn === undefined || turn.isCancelled) return;
    turn.isCancelled = true;
    turn.notice = setTimeout(() => {
      const text = `${this.#facts.name} has not stopped yet. End the session to stop it for certain.`;
      this.emit({ type: "note", code: "cancel-unanswered", text });
    }, CANCEL_NOTICE_AFTER_MS);
    // Not waited for: an agent that reads nothing must not keep a Stop from being over.
    this.#send(this.peer.notify("session/cancel", { sessionId: this.session.id }));
    this.#waits.withdrawAll();
  }

  async configure(change: { readonly mode: string } | { readonly model: string }): Promise<void> {
    const request = this.session.choose(change);
    if (request === undefined) throw new AppError("E_SCHEMA", { reason: "mode" in change ? "mode" : "model" });
    const asked = this.peer.request(request.method, request.params);
    try {
      await within(asked, CONFIGURE_TIMEOUT_MS, () => new AppError("E_TIMEOUT", { reason: request.method }));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      throw new AppError("E_AGENT", { reason: request.method, text: vendorWords(error) }, { cause: error });
    }
    this.session.chose(change);
    this.emit(this.session.opened());
  }

  async close(): Promise<ExitReport> {
    this.#isClosing = true;
    return this.end(this.#facts.graceMs);
  }

  /** As close(), with other times; for an opening that failed. */
  async end(graceMs: number, forceKillAfterMs = this.#deps.forceKillAfterMs): Promise<ExitReport> {
    await this.#child.end({ graceMs, ...(forceKillAfterMs === undefined ? {} : { forceKillAfterMs }) });
    return this.#gone;
  }

  /** The agent's last words that are no protocol: stderr, or a line of stdout that was not JSON. */
  lastWords(): string {
    return this.#child.stderrTail().trim() || this.#garbage;
  }

  async #run(): Promise<void> {
    let cause: unknown;
    try {
      for await (const line of this.#child.lines) {
        this.#lineChars = line.length;
        this.peer.receive(line);
        await this.events.room();
      }
    } catch (error) {
      cause = error;
    }
    this.#lineChars = 0;
    // Nothing more can be said by an agent that closed its stdout, or whose line was too long: it has ended for us.
    const report = await this.end(cause === undefined ? this.#facts.graceMs : 0);
    const { code, signal } = report;
    this.peer.close(
      cause instanceof AppError
        ? cause
        : new AppError(
            "E_AGENT",
            {
              reason: "ended",
              ...(code === null ? {} : { code }),
              ...(signal === null ? {} : { signal }),
              text: this.lastWords(),
            },
            { cause },
          ),
    );
    this.#waits.withdrawAll();
    this.emit({ type: "ended", report, expected: this.#isClosing });
    this.events.end();
  }

  #asked(id: RpcId, method: string, params: unknown): void {
    const makeAsk = ASK_METHODS.get(method);
    if (makeAsk === undefined) {
      return this.#send(this.peer.refuse(id, RPC_CODES.methodNotFound, `"Method not found": ${method}`));
    }
    const ask = makeAsk(params);
    if (ask === undefined)
      return this.#send(this.peer.refuse(id, RPC_CODES.invalidParams, `Invalid params: ${method}`));
    const respond = (result: unknown): void => {
      this.#keys.delete(id);
      this.#send(this.peer.respond(id, result));
    };
    // Asked while our cancel was on its way: the answer is known, and nobody should be bothered.
    if (this.#turn?.isCancelled || this.#isClosing) return respond(ask.cancelled);
    this.#keys.set(id, this.#waits.add(ask, respond));
  }

  #told(method: string, params: unknown): void {
    if (method === "session/update" && isSessionNotification(params)) return this.#updated(params);
    if (method === "_auth/status_update") {
      const status = authStatusUpdate.safeParse(params).data?.authStatus;
      if (status?.kind === "none") this.emit({ type: "note", code: "logged-out", text: status.label });
    }
    if (method === "$/cancel_request") {
      const parsed = cancelRequest.safeParse(params);
      const key = parsed.success ? this.#keys.get(parsed.data.requestId) : undefined;
      if (key !== undefined) this.#waits.withdraw(key);
    }
  }

  #updated(params: SessionNotification): void {
    this.session.learn(params);
    for (const passed of this.gate.pass(params)) {
      const notice = noticeUpdate.safeParse(passed.update);
      if (passed.update.sessionUpdate === "notice" && notice.success) {
        const { title, description } = notice.data;
        this.emit({ type: "note", code: "notice", text: description ? `${title}: ${description}` : title });
      } else {
        this.emit({ type: "update", params: passed });
      }
    }
  }

  #failedTurn(turn: Turn, error: unknown): TurnEnd {
    if (!(error instanceof RpcError)) throw error;
    if (error.code === RPC_CODES.requestCancelled) return { stop: "cancelled" };
    if (turn.isCancelled) return { ...turnErrorOf(error), stop: "cancelled" };
    const login = this.#facts.detection.login;
    if (login !== undefined && (error.code === RPC_CODES.authRequired || error.code === 401)) {
      this.emit({ type: "note", code: "login", text: login.command });
    }
    return turnErrorOf(error);
  }

  /** Sends what nobody waits for; a pipe that broke is told by `ended`. */
  #send(sent: Promise<void>): void {
    sent.catch((error: unknown) => this.#deps.log?.("acp send failed", { text: String(error) }));
  }
}

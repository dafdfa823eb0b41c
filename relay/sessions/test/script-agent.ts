// An agent whose every step a test decides: a real AgentDriver with no program behind it, for sequencing alone.
import type { SessionNotification } from "@agentclientprotocol/sdk";
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type {
  AgentDriver,
  AgentEvent,
  AgentProcess,
  AgentWait,
  ExitReport,
  OpenOptions,
  TurnEnd,
} from "../../agents/driver.ts";
import { EventQueue } from "../../agents/event-queue.ts";

/** One prompt the agent was given; the test ends its turn. */
export interface GivenPrompt {
  readonly text: string;
  end(end?: Partial<TurnEnd>): void;
}

/** One life of the agent. */
export class ScriptProcess implements AgentProcess {
  readonly pid = 2 ** 22 + 1;
  readonly options: OpenOptions;
  readonly prompts: GivenPrompt[] = [];
  readonly answers: { readonly key: string; readonly answer: WaitAnswer }[] = [];
  readonly changes: unknown[] = [];
  cancels = 0;
  readonly #events = new EventQueue<AgentEvent>(1_000_000);
  #turn: PromiseWithResolvers<TurnEnd> | undefined;
  #isOver = false;

  constructor(options: OpenOptions) {
    this.options = options;
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#events;
  }

  prompt(blocks: Parameters<AgentProcess["prompt"]>[0]): Promise<TurnEnd> {
    if (this.#turn !== undefined) throw new TypeError("prompt during a turn");
    if (this.#isOver) return Promise.reject(new AppError("E_AGENT", { reason: "ended" }));
    const turn = Promise.withResolvers<TurnEnd>();
    this.#turn = turn;
    const text = blocks.map((block) => (block.type === "text" ? block.text : "")).join("|");
    this.prompts.push({ text, end: (end = {}) => void this.#end({ stop: "end_turn", ...end }) });
    return turn.promise;
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    if (answer.text === "does not fit") throw new AppError("E_SCHEMA", { reason: "choices" });
    this.answers.push({ key, answer });
  }

  async cancel(): Promise<void> {
    this.cancels++;
    await this.#end({ stop: "cancelled" });
  }

  async configure(change: { readonly mode: string } | { readonly model: string }): Promise<void> {
    this.changes.push(change);
  }

  close(): Promise<ExitReport> {
    return Promise.resolve(this.#over({ code: 0, signal: null, stderr: "", forced: false }, true));
  }

  /** The process dies by itself. */
  die(stderr: string): void {
    this.#over({ code: 1, signal: null, stderr, forced: false }, false);
  }

  say(text: string): void {
    const content = { type: "text", text } as const;
    this.update({ sessionId: "a", update: { sessionUpdate: "agent_message_chunk", content } });
  }

  update(params: SessionNotification): void {
    this.#events.push({ type: "update", params }, 1);
  }

  opened(agentSession: string): void {
    this.#events.push({ type: "opened", agentSession }, 1);
  }

  wait(wait: AgentWait): void {
    this.#events.push({ type: "wait", wait }, 1);
  }

  withdraw(key: string): void {
    this.#events.push({ type: "withdrawn", key }, 1);
  }

  async #end(end: TurnEnd): Promise<void> {
    await this.#events.allTaken();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.resolve(end);
  }

  #over(report: ExitReport, expected: boolean): ExitReport {
    if (this.#isOver) return report;
    this.#isOver = true;
    this.#events.push({ type: "ended", report, expected }, 1);
    this.#events.end();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.reject(new AppError("E_AGENT", { reason: "ended", text: report.stderr }));
    return report;
  }
}

/** Opens ScriptProcesses; `refuse` makes every open fail, `forgets` every open with `resume`; `hangs` opens until aborted. */
export class ScriptDriver implements AgentDriver {
  readonly id = "script";
  readonly canFork = true;
  readonly processes: ScriptProcess[] = [];
  refuse: AppError | undefined;
  forgets = false;
  hangs = false;

  async probe(): ReturnType<AgentDriver["probe"]> {
    return { id: this.id, state: "ready", models: [], modes: [{ id: "default", name: "Default" }] };
  }

  async open(options: OpenOptions): Promise<AgentProcess> {
    if (this.refuse !== undefined) throw this.refuse;
    if (this.forgets && options.resume !== undefined) throw new AppError("E_AGENT", { reason: "resume-refused" });
    if (this.hangs) await hangUntilAborted(options.signal);
    const process = new ScriptProcess(options);
    this.processes.push(process);
    process.opened("conversation-1");
    return process;
  }
}

function hangUntilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new AppError("E_AGENT", { reason: "aborted" })), { once: true });
  });
}

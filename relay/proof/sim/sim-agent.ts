// A coding agent in memory, with a character drawn from the seed: it streams, asks, gets stuck, dies. It counts what it
// was made to do, because that is what a person would have to live with.
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type {
  AgentDriver,
  AgentEvent,
  AgentProcess,
  AgentStatus,
  ExitReport,
  OpenOptions,
  TurnEnd,
} from "../../agents/driver.ts";
import { EventQueue } from "../../agents/event-queue.ts";
import { Died, type Host, type Life } from "./host.ts";
import type { Random } from "./random.ts";

export const AGENT = "sim";

/** What agents did to the world, over all relays. */
export class AgentDeeds {
  /** Times each prompt text was handed over. */
  readonly prompts = new Map<string, number>();
  /** Times each question was answered, and with what. */
  readonly answers = new Map<string, string[]>();
  /** Agents at work now. */
  readonly running = new Set<AgentProcess>();
  opened = 0;
}

/** How agents behave now; probabilities are per step of a turn. */
export interface Temper {
  stepMs: [low: number, high: number];
  ask: number;
  stick: number;
  die: number;
  /** Per opening: refuses, or hangs until it is given up. */
  refuse: number;
  hang: number;
}

export const GENTLE: Temper = { stepMs: [20, 2000], ask: 0.1, stick: 0, die: 0, refuse: 0, hang: 0 };

interface World {
  readonly host: Host;
  readonly life: Life;
  readonly random: Random;
  readonly deeds: AgentDeeds;
  readonly temper: () => Temper;
}

export class SimDriver implements AgentDriver {
  readonly id = AGENT;
  readonly canFork = true;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async probe(): Promise<AgentStatus> {
    return { id: AGENT, state: "ready", models: [], modes: [{ id: "default", name: "Default" }] };
  }

  async open(options: OpenOptions): Promise<AgentProcess> {
    const { random, temper, deeds } = this.#world;
    await this.#wait(random.skewed(5, 3000), options.signal);
    if (random.chance(temper().refuse)) throw new AppError("E_AGENT", { text: "not today" });
    if (random.chance(temper().hang)) await this.#wait(Number.MAX_SAFE_INTEGER, options.signal);
    const number = ++deeds.opened;
    return new SimProcess(this.#world, number, options.resume ?? `conversation-${number}`);
  }

  #wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { host, life } = this.#world;
    const gaveUp = (): AppError => new AppError("E_AGENT", { reason: "aborted" });
    if (signal?.aborted === true) return Promise.reject(gaveUp());
    return new Promise((resolve, reject) => {
      const cancel = delayMs > 1e9 ? () => undefined : host.after(life, delayMs, "agent opens", resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        reject(gaveUp());
      });
    });
  }
}

class SimProcess implements AgentProcess {
  readonly pid: number;
  readonly #world: World;
  readonly #name: string;
  readonly #events = new EventQueue<AgentEvent>(1_000_000);
  readonly #open = new Set<string>();
  #turn: PromiseWithResolvers<TurnEnd> | undefined;
  #asked = 0;
  #stepsLeft = 0;
  #report: ExitReport | null = null;
  #cancelStep: () => void = () => undefined;

  constructor(world: World, number: number, agentSession: string) {
    this.#world = world;
    this.#name = `agent-${number}`;
    this.pid = 1_000_000 + number;
    world.deeds.running.add(this);
    world.life.onEnd(() => world.deeds.running.delete(this));
    this.#events.push({ type: "opened", agentSession }, 1);
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#events;
  }

  prompt(blocks: Parameters<AgentProcess["prompt"]>[0]): Promise<TurnEnd> {
    // Its relay's process is gone: nothing reaches it any more.
    if (this.#world.life.isOver) return Promise.reject(new Died());
    if (this.#turn !== undefined) throw new TypeError("prompt during a turn");
    if (this.#report !== null) return Promise.reject(new AppError("E_AGENT", { reason: "ended" }));
    const { prompts } = this.#world.deeds;
    for (const block of blocks) {
      if (block.type === "text") prompts.set(block.text, (prompts.get(block.text) ?? 0) + 1);
    }
    this.#turn = Promise.withResolvers<TurnEnd>();
    this.#stepsLeft = this.#world.random.between(0, 6);
    this.#plan();
    return this.#turn.promise;
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    if (this.#world.life.isOver) throw new Died();
    const { answers } = this.#world.deeds;
    answers.set(key, [...(answers.get(key) ?? []), JSON.stringify(answer)]);
    if (!this.#open.delete(key)) throw new AppError("E_RESOLVED", { reason: "not asked any more" });
    this.#plan();
  }

  async cancel(): Promise<void> {
    this.#cancelStep();
    for (const key of this.#open) this.#events.push({ type: "withdrawn", key }, 1);
    this.#open.clear();
    await this.#end({ stop: "cancelled" });
  }

  async configure(): Promise<void> {
    // A mode changes nothing that this agent does.
  }

  async close(): Promise<ExitReport> {
    return this.#over({ code: 0, signal: null, stderr: "", forced: false }, true);
  }

  #plan(): void {
    const { host, life, random, temper } = this.#world;
    const [low, high] = temper().stepMs;
    this.#cancelStep();
    this.#cancelStep = host.after(life, random.skewed(low, high), this.#name, () => this.#step());
  }

  #step(): void {
    const { random, temper } = this.#world;
    const { ask, stick, die } = temper();
    if (random.chance(die)) {
      this.#over({ code: 1, signal: null, stderr: "broken pipe", forced: false }, false);
    } else if (this.#stepsLeft-- <= 0) {
      void this.#end({ stop: "end_turn", usage: { inputTokens: 10, outputTokens: 5 } });
    } else if (random.chance(stick)) {
      // Says nothing more until somebody stops it.
    } else if (random.chance(ask)) {
      this.#ask();
    } else {
      this.#say();
      this.#plan();
    }
  }

  #say(): void {
    const { random } = this.#world;
    const text = `${this.#name} ${"word ".repeat(random.skewed(1, 400))}`;
    const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } as const;
    this.#events.push({ type: "update", params: { sessionId: this.#name, update } }, 1);
  }

  #ask(): void {
    const key = `${this.#name}/${++this.#asked}`;
    const options = [
      { optionId: "yes", name: "Allow", kind: "allow_once" },
      { optionId: "no", name: "Reject", kind: "reject_once" },
    ];
    const req = JSON.stringify({ toolCall: { toolCallId: key, title: `rm ${key}` }, options });
    this.#open.add(key);
    this.#events.push({ type: "wait", wait: { key, kind: "permission", req } }, 1);
  }

  async #end(end: TurnEnd): Promise<void> {
    await this.#events.allTaken();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.resolve(end);
  }

  #over(report: ExitReport, expected: boolean): ExitReport {
    if (this.#report !== null) return this.#report;
    this.#report = report;
    this.#cancelStep();
    this.#world.deeds.running.delete(this);
    this.#events.push({ type: "ended", report, expected }, 1);
    this.#events.end();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.reject(new AppError("E_AGENT", { reason: "ended", text: report.stderr }));
    return report;
  }
}

// A coding agent in memory, with a character drawn from the seed: it streams, asks, gets stuck, dies. It counts what it
// was made to do, because that is what a person would have to live with. Who keeps it (sim-driver.ts, sim-hosts.ts) is told
// what it says.
import { AppError, type PromptBlock, type WaitAnswer } from "../../../schema/index.ts";
import type { AgentEvent, ExitReport, TurnEnd } from "../../agents/driver.ts";
import type { Host, Life } from "./host.ts";
import type { Random } from "./random.ts";

export const AGENT = "sim";

/** What agents did to the world, over all relays. */
export class AgentDeeds {
  /** Times each prompt text was handed over. */
  readonly prompts = new Map<string, number>();
  /** Times each question was answered, and with what. */
  readonly answers = new Map<string, string[]>();
  /** Agents at work now. */
  readonly running = new Set<SimAgent>();
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

/** Where an agent lives. */
export interface AgentWorld {
  readonly host: Host;
  /** Of the process that it is, or is part of. */
  readonly life: Life;
  readonly random: Random;
  readonly deeds: AgentDeeds;
  readonly temper: () => Temper;
}

/** Who keeps it. */
export interface AgentKeeper {
  says(event: Exclude<AgentEvent, { type: "ended" }>): void;
  turnEnds(end: TurnEnd): void;
  /** The last word. */
  ends(report: ExitReport, expected: boolean): void;
}

export class SimAgent {
  readonly name: string;
  readonly pid: number;
  /** Keys of its open questions. */
  readonly open = new Set<string>();
  readonly #world: AgentWorld;
  readonly #keeper: AgentKeeper;
  #words = 0;
  #asked = 0;
  #stepsLeft = 0;
  #report: ExitReport | null = null;
  #cancelStep: () => void = () => undefined;

  constructor(world: AgentWorld, number: number, keeper: AgentKeeper) {
    this.#world = world;
    this.#keeper = keeper;
    this.name = `agent-${number}`;
    this.pid = 1_000_000 + number;
    world.deeds.running.add(this);
    world.life.onEnd(() => world.deeds.running.delete(this));
  }

  /** How many things it has said. */
  get words(): number {
    return this.#words;
  }

  get report(): ExitReport | null {
    return this.#report;
  }

  prompt(blocks: readonly PromptBlock[]): void {
    const { prompts } = this.#world.deeds;
    for (const { type, text } of blocks) {
      if (type === "text" && text !== undefined) prompts.set(text, (prompts.get(text) ?? 0) + 1);
    }
    this.#stepsLeft = this.#world.random.between(0, 6);
    this.#plan();
  }

  answer(key: string, answer: WaitAnswer): void {
    const { answers } = this.#world.deeds;
    answers.set(key, [...(answers.get(key) ?? []), JSON.stringify(answer)]);
    if (!this.open.delete(key)) throw new AppError("E_RESOLVED", { reason: "not asked any more" });
    this.#plan();
  }

  cancel(): void {
    this.#cancelStep();
    for (const key of this.open) this.#keeper.says({ type: "withdrawn", key });
    this.open.clear();
    this.#keeper.turnEnds({ stop: "cancelled" });
  }

  /** Ends it; a second time is nothing. */
  over(report: ExitReport, expected: boolean): ExitReport {
    if (this.#report !== null) return this.#report;
    this.#report = report;
    this.#cancelStep();
    this.#world.deeds.running.delete(this);
    this.#keeper.ends(report, expected);
    return report;
  }

  #plan(): void {
    const { host, life, random, temper } = this.#world;
    const [low, high] = temper().stepMs;
    this.#cancelStep();
    this.#cancelStep = host.after(life, random.skewed(low, high), this.name, () => this.#step());
  }

  #step(): void {
    const { random, temper } = this.#world;
    const { ask, stick, die } = temper();
    if (random.chance(die)) {
      this.over({ code: 1, signal: null, stderr: "broken pipe", forced: false }, false);
    } else if (this.#stepsLeft-- <= 0) {
      this.#keeper.turnEnds({ stop: "end_turn", usage: { inputTokens: 10, outputTokens: 5 } });
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
    const text = `${this.name}.${++this.#words} ${"word ".repeat(random.skewed(1, 400))}`;
    const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } as const;
    this.#keeper.says({ type: "update", params: { sessionId: this.name, update } });
  }

  #ask(): void {
    const key = `${this.name}/${++this.#asked}`;
    const options = [
      { optionId: "yes", name: "Allow", kind: "allow_once" },
      { optionId: "no", name: "Reject", kind: "reject_once" },
    ];
    const req = JSON.stringify({ toolCall: { toolCallId: key, title: `rm ${key}` }, options });
    this.open.add(key);
    this.#keeper.says({ type: "wait", wait: { key, kind: "permission", req } });
  }
}

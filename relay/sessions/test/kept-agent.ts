// An agent that outlives the relay, in memory: its log and its deeds stay when a boot is abandoned. It works by itself: a
// turn says something, asks, and says the rest once it is answered.
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type {
  AdoptOptions,
  AgentDriver,
  AgentEvent,
  AgentProcess,
  ExitReport,
  Logged,
  TurnEnd,
} from "../../agents/driver.ts";

type Entry = AgentEvent | { readonly type: "turnend"; readonly turn: number };

const REPORT: ExitReport = { code: 0, signal: null, stderr: "", forced: false };
const HOST = { pid: 2 ** 22 + 2, start: "kept", nonce: "n", socket: "/nowhere", dir: "/nowhere" };

/** The host's side: what happened to the agent, whoever listened. */
export class KeptAgent {
  readonly prompts: string[] = [];
  readonly answers: { readonly key: string; readonly answer: WaitAnswer }[] = [];
  readonly log: Entry[] = [{ type: "opened", agentSession: "kept" }];
  readonly waits = new Set<string>();
  readonly #request: string;
  #turn = 0;
  #wakers: (() => void)[] = [];

  constructor(request: string) {
    this.#request = request;
  }

  prompt(text: string, turn: number): void {
    if (turn <= this.#turn) return;
    this.#turn = turn;
    this.prompts.push(text);
    this.#say(`${turn}: one`);
    this.#say(`${turn}: two`);
    this.waits.add(`ask-${turn}`);
    this.#add({ type: "wait", wait: { key: `ask-${turn}`, kind: "permission", req: this.#request } });
  }

  answer(key: string, answer: WaitAnswer): void {
    if (!this.waits.delete(key)) throw new AppError("E_RESOLVED");
    this.answers.push({ key, answer });
    this.#say(`${this.#turn}: three`);
    this.#add({ type: "note", code: "notice", text: `${this.#turn}: four` });
    this.#add({ type: "turnend", turn: this.#turn });
  }

  end(): void {
    this.#add({ type: "ended", report: REPORT, expected: true });
  }

  /** Entry `index`, once it is there. */
  async at(index: number): Promise<Entry> {
    for (;;) {
      const entry = this.log[index];
      if (entry !== undefined) return entry;
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  #say(text: string): void {
    const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } as const;
    this.#add({ type: "update", params: { sessionId: "kept", update } });
  }

  #add(entry: Entry): void {
    this.log.push(entry);
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

class KeptProcess implements AgentProcess {
  readonly pid = 2 ** 22 + 3;
  readonly host = HOST;
  readonly openWaits: readonly string[];
  readonly events: AsyncIterable<AgentEvent & Logged>;
  readonly #agent: KeptAgent;
  readonly #isCut: () => boolean;
  readonly #turns = new Map<number, PromiseWithResolvers<TurnEnd>>();

  constructor(agent: KeptAgent, from: number, isCut: () => boolean) {
    this.#agent = agent;
    this.#isCut = isCut;
    this.openWaits = [...agent.waits];
    this.events = this.#read(from);
  }

  prompt(blocks: Parameters<AgentProcess["prompt"]>[0], turn = 0): Promise<TurnEnd> {
    const { promise } = this.#turnOf(turn);
    if (this.#isCut()) return promise;
    this.#agent.prompt(blocks.map((block) => (block.type === "text" ? block.text : "")).join("|"), turn);
    return promise;
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    if (!this.#isCut()) this.#agent.answer(key, answer);
  }

  cancel = (): Promise<void> => Promise.resolve();
  configure = (): Promise<void> => Promise.resolve();

  async close(): Promise<ExitReport> {
    if (!this.#isCut()) this.#agent.end();
    return REPORT;
  }

  async *#read(from: number): AsyncGenerator<AgentEvent & Logged, void, undefined> {
    for (let at = from + 1; ; at++) {
      const entry = await this.#agent.at(at - 1);
      if (this.#isCut()) return;
      if (entry.type !== "turnend") yield { ...entry, at };
      else this.#turnOf(entry.turn).resolve({ stop: "end_turn", at });
      if (entry.type === "ended") return;
      if (entry.type === "turnend") await new Promise(setImmediate);
    }
  }

  #turnOf(turn: number): PromiseWithResolvers<TurnEnd> {
    const made = this.#turns.get(turn) ?? Promise.withResolvers<TurnEnd>();
    this.#turns.set(turn, made);
    return made;
  }
}

/** One agent, found again by every boot. `isCut` is asked at each start of it: whether that boot has been killed. */
export class KeptDriver implements AgentDriver {
  readonly id = "kept";
  readonly agent: KeptAgent;
  readonly #cut: () => () => boolean;
  /** How often it was started. */
  opened = 0;

  constructor(request: string, cut: () => () => boolean) {
    this.agent = new KeptAgent(request);
    this.#cut = cut;
  }

  async probe(): ReturnType<AgentDriver["probe"]> {
    return { id: this.id, state: "ready", models: [], modes: [] };
  }

  async open(): Promise<AgentProcess> {
    this.opened += 1;
    return new KeptProcess(this.agent, 0, this.#cut());
  }

  async adopt({ from }: AdoptOptions): Promise<AgentProcess> {
    return new KeptProcess(this.agent, from, this.#cut());
  }
}

// Simulated agents as the relay opens them: in its own process, which they die with, or in hosts that outlive it.
import { AppError, type WaitAnswer } from "../../../schema/index.ts";
import type {
  AdoptOptions,
  AgentDriver,
  AgentEvent,
  AgentProcess,
  AgentStatus,
  ExitReport,
  OpenOptions,
  TurnEnd,
} from "../../agents/driver.ts";
import { EventQueue } from "../../agents/event-queue.ts";
import { Died } from "./host.ts";
import { AGENT, SimAgent, type AgentKeeper, type AgentWorld } from "./sim-agent.ts";
import type { SimHosts } from "./sim-hosts.ts";

/** Agents that die with their relay. */
export class SimDriver implements AgentDriver {
  readonly id = AGENT;
  readonly canFork = true;
  protected readonly world: AgentWorld;

  constructor(world: AgentWorld) {
    this.world = world;
  }

  async probe(): Promise<AgentStatus> {
    return { id: AGENT, state: "ready", models: [], modes: [{ id: "default", name: "Default" }] };
  }

  async open(options: OpenOptions): Promise<AgentProcess> {
    const { random, temper, deeds } = this.world;
    await this.#wait(random.skewed(5, 3000), options.signal);
    if (random.chance(temper().refuse)) throw new AppError("E_AGENT", { text: "not today" });
    if (random.chance(temper().hang)) await this.#wait(Number.MAX_SAFE_INTEGER, options.signal);
    const number = ++deeds.opened;
    return this.start(number, options.resume ?? `conversation-${number}`, options);
  }

  protected start(number: number, agentSession: string, _options: OpenOptions): AgentProcess {
    return new SimProcess(this.world, number, agentSession);
  }

  #wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { host, life } = this.world;
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

/** Agents in hosts. */
export class SimHostedDriver extends SimDriver {
  readonly #hosts: SimHosts;

  constructor(world: AgentWorld, hosts: SimHosts) {
    super(world);
    this.#hosts = hosts;
  }

  async adopt(adopted: AdoptOptions): Promise<AgentProcess> {
    return this.#hosts.find(this.world, adopted);
  }

  protected override start(number: number, agentSession: string, { env }: OpenOptions): AgentProcess {
    return this.#hosts.start(this.world, { number, agentSession, env });
  }
}

class SimProcess implements AgentProcess, AgentKeeper {
  readonly pid: number;
  readonly #world: AgentWorld;
  readonly #agent: SimAgent;
  readonly #events = new EventQueue<AgentEvent>(1_000_000);
  #turn: PromiseWithResolvers<TurnEnd> | undefined;

  constructor(world: AgentWorld, number: number, agentSession: string) {
    this.#world = world;
    this.#agent = new SimAgent(world, number, this);
    this.pid = this.#agent.pid;
    this.#events.push({ type: "opened", agentSession }, 1);
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#events;
  }

  prompt(blocks: Parameters<AgentProcess["prompt"]>[0]): Promise<TurnEnd> {
    // Its relay's process is gone: nothing reaches it any more.
    if (this.#world.life.isOver) return Promise.reject(new Died());
    if (this.#turn !== undefined) throw new TypeError("prompt during a turn");
    if (this.#agent.report !== null) return Promise.reject(new AppError("E_AGENT", { reason: "ended" }));
    this.#turn = Promise.withResolvers<TurnEnd>();
    this.#agent.prompt(blocks);
    return this.#turn.promise;
  }

  async answer(key: string, answer: WaitAnswer): Promise<void> {
    if (this.#world.life.isOver) throw new Died();
    this.#agent.answer(key, answer);
  }

  async cancel(): Promise<void> {
    this.#agent.cancel();
  }

  async configure(): Promise<void> {
    // A mode changes nothing that this agent does.
  }

  async close(): Promise<ExitReport> {
    return this.#agent.over({ code: 0, signal: null, stderr: "", forced: false }, true);
  }

  says(event: AgentEvent): void {
    this.#events.push(event, 1);
  }

  turnEnds(end: TurnEnd): void {
    void this.#events.allTaken().then(() => {
      this.#turn?.resolve(end);
      this.#turn = undefined;
    });
  }

  ends(report: ExitReport, expected: boolean): void {
    this.#events.push({ type: "ended", report, expected }, 1);
    this.#events.end();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.reject(new AppError("E_AGENT", { reason: "ended", text: report.stderr }));
  }
}

// Session hosts in memory: each keeps one agent and what it says, by offset, while relays come and go. The relay's end is
// the product's own (relay/sessions/host/hosted-process.ts); a host's socket and its log on the disk are what is replaced.
import { AppError } from "../../../schema/index.ts";
import type { AdoptOptions, AgentProcess, ExitReport, HostRef, TurnEnd } from "../../agents/driver.ts";
import { MARK_NAME } from "../../agents/marked-processes.ts";
import { HOST_ALONE_MS } from "../../sessions/host/host-limits.ts";
import type { EventLine, HostCall, HostEvent } from "../../sessions/host/host-protocol.ts";
import { HostedProcess } from "../../sessions/host/hosted-process.ts";
import { Life } from "./host.ts";
import { SimAgent, type AgentKeeper, type AgentWorld } from "./sim-agent.ts";

/** What a host is started with. */
interface Start {
  readonly number: number;
  readonly agentSession: string;
  readonly env: Readonly<Record<string, string>>;
}

/** All hosts of a machine. */
export class SimHosts {
  readonly #hosts: SimHost[] = [];

  start(world: AgentWorld, start: Start): AgentProcess {
    const host = new SimHost(world, start);
    this.#hosts.push(host);
    return host.serve(world, 0);
  }

  /** The host of that name, living or not, from an offset on. */
  find(world: AgentWorld, { host: { nonce }, from }: AdoptOptions): AgentProcess {
    const host = this.#hosts.find((each) => each.ref.nonce === nonce);
    if (host === undefined) throw new TypeError(`no host was ever called ${nonce}`);
    return host.serve(world, from);
  }

  /** How much each agent has said. */
  *said(): Generator<[name: string, words: number]> {
    for (const host of this.#hosts) yield [host.ref.nonce, host.words];
  }

  /** kill -9 of those that it holds for. */
  kill(isMeant: (host: SimHost) => boolean): void {
    for (const host of this.#hosts) if (isMeant(host)) host.kill();
  }
}

export class SimHost implements AgentKeeper {
  readonly ref: HostRef;
  readonly mark: string | undefined;
  readonly #agent: SimAgent;
  readonly #life = new Life();
  readonly #world: AgentWorld;
  readonly #log: EventLine[] = [];
  readonly #wakes = new Set<() => void>();
  /** The newest turn that was begun, and whether it goes on. */
  #turn = 0;
  #isInTurn = false;
  #cancelAlone: () => void = () => undefined;

  constructor(world: AgentWorld, { number, agentSession, env }: Start) {
    this.#world = world;
    this.#agent = new SimAgent({ ...world, life: this.#life }, number, this);
    const { name, pid } = this.#agent;
    this.ref = { pid: pid + 1_000_000, start: "0", nonce: name, socket: "", dir: name };
    this.mark = env[MARK_NAME];
    this.#keep({ type: "opened", agentSession });
  }

  get words(): number {
    return this.#agent.words;
  }

  /** A relay's end of it, until that relay dies: then it waits so long for the next. */
  serve({ host, life }: AgentWorld, from: number): AgentProcess {
    const isGone = this.#life.isOver;
    this.#cancelAlone();
    if (!isGone) life.onEnd(() => this.#alone());
    const caller = {
      welcome: { t: "welcome", pid: this.#agent.pid, turn: this.#turn, waits: [...this.#agent.open] } as const,
      call: async (call: HostCall): Promise<void> => this.#do(call),
      taken: () => undefined,
      close: () => undefined,
    };
    return new HostedProcess({
      ref: this.ref,
      caller: isGone ? null : caller,
      from,
      agentPid: this.#agent.pid,
      events: (after, signal) => this.#events(after, signal, life),
      rest: (after) => this.#log.filter(({ at }) => at > after),
      endHost: async () => this.kill(),
      forget: () => undefined,
      clock: host.relayClock(life),
    });
  }

  kill(): void {
    this.#cancelAlone();
    this.#life.end();
    this.#wake();
  }

  says(event: HostEvent): void {
    this.#keep(event);
  }

  turnEnds(end: TurnEnd): void {
    if (!this.#isInTurn) return;
    this.#isInTurn = false;
    this.#keep({ type: "turnend", turn: this.#turn, end });
  }

  ends(report: ExitReport, expected: boolean): void {
    this.#keep({ type: "ended", report, expected });
    this.kill();
  }

  #alone(): void {
    if (this.#life.isOver) return;
    this.#cancelAlone = this.#world.host.after(this.#life, HOST_ALONE_MS, `${this.ref.nonce} is alone`, () =>
      this.#agent.over({ code: null, signal: "SIGTERM", stderr: "", forced: false }, false),
    );
  }

  #do(call: HostCall): void {
    if (this.#life.isOver) throw new AppError("E_AGENT", { reason: "ended" });
    switch (call.t) {
      case "prompt":
        if (call.turn <= this.#turn) return;
        this.#turn = call.turn;
        this.#isInTurn = true;
        return this.#agent.prompt(call.blocks);
      case "answer":
        return this.#agent.answer(call.key, call.answer);
      case "cancel":
        return this.#agent.cancel();
      case "configure":
        return;
      case "close":
        this.#agent.over({ code: 0, signal: null, stderr: "", forced: false }, true);
    }
  }

  #keep(event: HostEvent): void {
    this.#log.push({ at: this.#log.length + 1, event });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }

  /** Until the host is gone, however much is unread then, or its reader hangs up or dies. */
  async *#events(from: number, signal: AbortSignal, reader: Life): AsyncGenerator<EventLine, void, undefined> {
    for (let at = from; !signal.aborted && !reader.isOver;) {
      if (this.#life.isOver) return;
      const next = this.#log[at];
      if (next !== undefined) {
        at = next.at;
        yield next;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakes.add(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    }
    // A process that has died reads no end either.
    if (reader.isOver) await new Promise<never>(() => undefined);
  }
}

// The generic driver: any program that speaks the Agent Client Protocol over stdio, told apart by facts alone.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { spawnAgent } from "../child.ts";
import type { Detector } from "../detect.ts";
import type { AgentDriver, AgentProcess, AgentStatus, OpenOptions } from "../driver.ts";
import { killMarked, MARK_NAME } from "../marked-processes.ts";
import { ABORT_FORCE_KILL_MS, openUnlessAborted, refuseAborted } from "../opening.ts";
import { openSession } from "./acp-open.ts";
import { AcpProcess } from "./acp-process.ts";
import type { AcpFacts } from "./facts.ts";
import type { Choice } from "./offer.ts";
import { Replay } from "./replay.ts";
import { UpdateGate } from "./update-gate.ts";

const MINUTE_MS = 60_000;

export interface AcpDriverDeps {
  readonly facts: AcpFacts;
  readonly now: () => number;
  readonly detector: Detector;
  /** Milliseconds for each step of opening; default AGENT_OPEN_MS. */
  readonly openTimeoutMs?: number;
  readonly forceKillAfterMs?: number;
  /** Default: a real wait; for the minute rule of facts.loadsInLaterMinute. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** A driver for one agent. It starts nothing until probe() or open(). */
export function createAcpDriver(deps: AcpDriverDeps): AgentDriver {
  return new AcpDriver(deps);
}

class AcpDriver implements AgentDriver {
  readonly id: string;
  readonly #deps: AcpDriverDeps;
  readonly #startedAt: number;
  /** When a session was made by this driver, epoch ms, by the agent's session id. Small: one entry per session. */
  readonly #madeAt = new Map<string, number>();
  #modes: readonly Choice[];
  #models: readonly Choice[];

  constructor(deps: AcpDriverDeps) {
    this.id = deps.facts.id;
    this.#deps = deps;
    this.#startedAt = deps.now();
    this.#modes = deps.facts.modes;
    this.#models = deps.facts.models;
  }

  async probe(): Promise<AgentStatus> {
    const { facts, detector } = this.#deps;
    const found = await detector.detect(facts.command, facts.detection);
    return { id: this.id, ...found, modes: this.#modes, models: this.#models };
  }

  async open(options: OpenOptions): Promise<AgentProcess> {
    const { facts, now, forceKillAfterMs, openTimeoutMs } = this.#deps;
    const { signal } = options;
    if (options.resume !== undefined) await this.#awaitLaterMinute(options.resume, signal);
    // A session names the run itself, so that the next boot finds what a crash leaves.
    const mark = options.env[MARK_NAME] ?? randomUUID();
    const child = await spawnAgent({
      command: facts.command,
      args: facts.args,
      cwd: options.cwd,
      env: { ...facts.env, ...options.env, [MARK_NAME]: mark },
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    const gate = new UpdateGate(
      new Replay({ isResumed: options.resume !== undefined, endsWith: facts.replayEndsWith }),
    );
    const agent = new AcpProcess(child, facts, gate, {
      now,
      sweep: () => killMarked(mark),
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(forceKillAfterMs === undefined ? {} : { forceKillAfterMs }),
    });
    try {
      const end = (): void => void agent.end(0, ABORT_FORCE_KILL_MS);
      await openUnlessAborted(signal, end, () =>
        openSession(agent, options, { facts, ...(openTimeoutMs === undefined ? {} : { timeoutMs: openTimeoutMs }) }),
      );
    } catch (error) {
      await agent.end(0);
      throw error;
    }
    if (options.resume === undefined) this.#madeAt.set(agent.session.id, now());
    if (agent.session.modes.length > 0) this.#modes = agent.session.modes;
    if (agent.session.models.length > 0) this.#models = agent.session.models;
    return agent;
  }

  /**
   * A session this driver does not know was made before it started, at the latest in that minute. gemini names session
   * files by the minute; loading one in the same minute fails and loses it.
   */
  async #awaitLaterMinute(resume: string, signal: AbortSignal | undefined): Promise<void> {
    const { facts, now, sleep = sleepUntilAborted } = this.#deps;
    const madeAt = this.#madeAt.get(resume) ?? this.#startedAt;
    if (!facts.loadsInLaterMinute || Math.floor(madeAt / MINUTE_MS) !== Math.floor(now() / MINUTE_MS)) return;
    await sleep(MINUTE_MS - (now() % MINUTE_MS), signal);
    refuseAborted(signal);
  }
}

async function sleepUntilAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Aborted: the caller looks at the signal.
    if (signal?.aborted !== true) throw error;
  }
}

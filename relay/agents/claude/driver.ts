// The claude family: Claude Code by its own two-way stream-json and control protocol, one process per session.
import { randomUUID } from "node:crypto";
import { AGENT_OPEN_MS, AppError } from "../../../schema/index.ts";
import { spawnAgent } from "../child.ts";
import type { AgentDriver, AgentProcess, OpenOptions } from "../driver.ts";
import { ABORT_FORCE_KILL_MS, openUnlessAborted } from "../opening.ts";
import { claudeEnv, sessionArgs } from "./invocation.ts";
import { killMarked, MARK_NAME } from "../marked-processes.ts";
import { probeClaude } from "./probe.ts";
import { ClaudeProcess } from "./process.ts";

export interface ClaudeDriverOptions {
  /** A path, or a name on the PATH of the environment; default `claude`. */
  readonly command?: string;
  /** The whole environment for probe(); open() takes its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * open() throws E_AGENT also for a refused mode or a flag this claude does not know, and with `reason: "resume-refused"`
 * for an unknown `resume`. A session killed within 50 ms of its first words is one: claude had not written it yet.
 */
export function createClaudeDriver({ command = "claude", env, now }: ClaudeDriverOptions): AgentDriver {
  return {
    id: "claude",
    canFork: true,
    probe: () => probeClaude({ command, env: claudeEnv(env) }),
    open: (options) => openClaude(command, now, options),
  };
}

async function openClaude(command: string, now: () => number, options: OpenOptions): Promise<AgentProcess> {
  const { cwd, env, resume, log, signal } = options;
  // A session names the run itself, so that the next boot finds what a crash leaves.
  const mark = env[MARK_NAME] ?? randomUUID();
  const child = await spawnAgent({
    command,
    args: sessionArgs(options),
    cwd,
    env: { ...claudeEnv(env), [MARK_NAME]: mark },
    ...(log === undefined ? {} : { log }),
  });
  const claude = new ClaudeProcess({
    child,
    now,
    sweep: () => killMarked(mark),
    ...(resume === undefined ? {} : { resume }),
    ...(log === undefined ? {} : { log }),
  });
  try {
    const end = (): void => void child.end({ graceMs: 0, forceKillAfterMs: ABORT_FORCE_KILL_MS });
    await openUnlessAborted(signal, end, () => claude.initialize(AGENT_OPEN_MS));
    return claude;
  } catch (error) {
    await claude.close();
    throw error instanceof AppError ? error : new AppError("E_AGENT", { reason: "open-failed" }, { cause: error });
  }
}

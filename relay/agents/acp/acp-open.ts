// From a started program to a session that accepts prompts: initialize, session/new or load, mode and model.
import { AGENT_OPEN_MS, AppError } from "../../../schema/index.ts";
import { REPLAY_END_MS } from "../agent-limits.ts";
import { settlesWithin, within } from "../deadline.ts";
import type { OpenOptions } from "../driver.ts";
import type { AcpProcess } from "./acp-process.ts";
import type { AcpFacts } from "./facts.ts";
import { RPC_CODES, RpcError } from "./json-rpc.ts";
import { initializeResult, type InitializeResult, sessionResult } from "./shapes.ts";
import { vendorWords } from "./turn-end.ts";

/** Sent by us, understood by the agent; anything else it may speak is refused by name. */
const PROTOCOL_VERSION = 1;

export interface OpenDeps {
  readonly facts: AcpFacts;
  /** Milliseconds for each step; default AGENT_OPEN_MS. */
  readonly timeoutMs?: number;
}

/** Emits `opened` and what was held back before it. Throws E_AGENT or E_TIMEOUT; the caller ends the process then. */
export async function openSession(agent: AcpProcess, options: OpenOptions, deps: OpenDeps): Promise<void> {
  const steps = new Steps(agent, deps);
  const hello = initializeResult.safeParse(
    await steps.ask("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      // No file system: agents write by themselves, and gemini fails to create files through the client.
      clientCapabilities: {
        fs: { readTextFile: false, writeTextFile: false },
        terminal: false,
        elicitation: { form: {} },
        session: { notices: {} },
      },
      clientInfo: { name: "kelpie", title: "Kelpie", version: "0.1.0" },
    }),
  );
  if (!hello.success) throw new AppError("E_AGENT", { reason: "initialize", text: agent.lastWords() });
  if (hello.data.protocolVersion !== PROTOCOL_VERSION) {
    throw new AppError("E_AGENT", { reason: "protocol-version", version: hello.data.protocolVersion });
  }
  await startSession(agent, options, steps, hello.data);
  await chooseFirst(agent, options, deps.facts);
  agent.emit(agent.session.opened());
  for (const params of agent.gate.open(agent.session.id)) agent.emit({ type: "update", params });
}

async function startSession(
  agent: AcpProcess,
  options: OpenOptions,
  steps: Steps,
  hello: InitializeResult,
): Promise<void> {
  const place = { cwd: options.cwd, mcpServers: [] };
  const { resume } = options;
  const asked =
    resume === undefined
      ? await steps.ask("session/new", place)
      : await continueSession(agent, { sessionId: resume, ...place }, steps, hello);
  // Null is how many agents say that a session was loaded; it is how ACP's own documentation shows it.
  const answer = sessionResult.safeParse(resume === undefined ? asked : (asked ?? {}));
  const id = answer.data?.sessionId ?? resume;
  if (!answer.success || id === undefined)
    throw new AppError("E_AGENT", { reason: "session", text: agent.lastWords() });
  agent.session.fill(id, answer.data, resume === undefined);
}

/** By session/resume where it exists, as it replays nothing; else by session/load. */
async function continueSession(
  agent: AcpProcess,
  params: object,
  steps: Steps,
  hello: InitializeResult,
): Promise<unknown> {
  const { agentCapabilities } = hello;
  if (agentCapabilities?.sessionCapabilities?.resume != null) {
    try {
      return await steps.ask("session/resume", params);
    } catch (error) {
      // Some advertise it before they have it.
      if (!isUnknownMethod(error) || !agentCapabilities.loadSession) throw error;
    }
  }
  if (!agentCapabilities?.loadSession) throw new AppError("E_AGENT", { reason: "no-resume" });
  const answer = await steps.ask("session/load", params);
  // An agent that never marks the end has no history to send; waiting a little costs less than mixing old and new.
  await settlesWithin(agent.gate.replayMarked(), REPLAY_END_MS);
  return answer;
}

function isUnknownMethod(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof RpcError && error.cause.code === RPC_CODES.methodNotFound;
}

async function chooseFirst(agent: AcpProcess, options: OpenOptions, facts: AcpFacts): Promise<void> {
  const { session } = agent;
  const { model } = options;
  // The default is ours and may be missing; what a person chose must not be.
  const mode = options.mode ?? session.modes.find(({ id }) => id === facts.defaultMode)?.id;
  for (const change of [...(model === undefined ? [] : [{ model }]), ...(mode === undefined ? [] : [{ mode }])]) {
    const [current, wanted] = "mode" in change ? [session.mode, change.mode] : [session.model, change.model];
    if (current === wanted) continue;
    const request = session.choose(change);
    if (request === undefined) {
      throw new AppError("E_AGENT", {
        reason: "mode" in change ? "mode-not-offered" : "model-not-offered",
        text: wanted,
      });
    }
    await new Steps(agent, { facts }).ask(request.method, request.params);
    session.chose(change);
  }
}

/** Requests of the opening, each with its own deadline and its failure in the agent's words. */
class Steps {
  readonly #agent: AcpProcess;
  readonly #deps: OpenDeps;

  constructor(agent: AcpProcess, deps: OpenDeps) {
    this.#agent = agent;
    this.#deps = deps;
  }

  async ask(method: string, params: unknown): Promise<unknown> {
    const late = (): Error => new AppError("E_TIMEOUT", { reason: method, text: this.#agent.lastWords() });
    try {
      return await within(this.#agent.peer.request(method, params), this.#deps.timeoutMs ?? AGENT_OPEN_MS, late);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const login = this.#deps.facts.detection.login?.command;
      throw new AppError(
        "E_AGENT",
        {
          reason: reasonOf(error, method),
          text: vendorWords(error),
          ...(error.code === RPC_CODES.authRequired && login !== undefined ? { next: login } : {}),
        },
        { cause: error },
      );
    }
  }
}

function reasonOf({ code }: RpcError, method: string): string {
  if (code === RPC_CODES.authRequired) return "logged-out";
  const isResume = method === "session/load" || method === "session/resume";
  // The agent has no such conversation: trying again is of no use, starting anew is.
  return isResume && code === RPC_CODES.resourceNotFound ? "resume-refused" : method;
}

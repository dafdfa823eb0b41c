// The demo agent: a real ACP agent program that needs no account. Runs as a child with stdio; ends when stdin closes.
// Environment: KELPIE_DEMO_STATE, a folder for its sessions (else in memory); KELPIE_DEMO_PACE_MS, default 50.
import { randomUUID } from "node:crypto";
import { Readable, Writable } from "node:stream";
import {
  agent,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type ContentBlock,
  type SessionConfigOption,
} from "@agentclientprotocol/sdk";
import { killDescendants } from "./command.ts";
import { DEMO_MODELS, DEMO_MODES, type DemoSession, DemoSessions } from "./demo-session.ts";
import { Cancelled, Stage } from "./stage.ts";
import { playTurn } from "./turn.ts";

const DEFAULT_PACE_MS = 50;
const VERSION = "0.1.0";

interface DemoOptions {
  readonly stateFolder: string | undefined;
  readonly paceMs: number;
}

function createDemoAgent({ stateFolder, paceMs }: DemoOptions) {
  const sessions = new DemoSessions(stateFolder);
  const turns = new Map<string, AbortController>();
  let canAsk = false;

  const known = (id: string): DemoSession => {
    const session = sessions.get(id);
    if (session === undefined) throw RequestError.resourceNotFound(id);
    return session;
  };

  return agent({ name: "kelpie-demo" })
    .onRequest("initialize", ({ params }) => {
      canAsk = params.clientCapabilities?.elicitation?.form != null;
      return {
        protocolVersion: PROTOCOL_VERSION,
        agentInfo: { name: "kelpie-demo", title: "Demo", version: VERSION },
        agentCapabilities: { loadSession: true },
        authMethods: [],
      };
    })
    .onRequest("session/new", ({ params }) => {
      const session = sessions.create(`demo-${randomUUID()}`, params.cwd);
      return { sessionId: session.id, ...settingsOf(session) };
    })
    .onRequest("session/load", async ({ params, client }) => {
      const session = sessions.load(params.sessionId, params.cwd);
      if (session === undefined) throw RequestError.resourceNotFound(params.sessionId);
      for (const { role, text } of session.history) {
        const sessionUpdate = role === "user" ? "user_message_chunk" : "agent_message_chunk";
        const update = { sessionUpdate, content: { type: "text", text } } as const;
        await client.notify("session/update", { sessionId: session.id, update });
      }
      return settingsOf(session);
    })
    .onRequest("session/set_mode", ({ params }) => {
      const session = known(params.sessionId);
      if (!DEMO_MODES.some(({ id }) => id === params.modeId))
        throw RequestError.invalidParams({ modeId: params.modeId });
      session.mode = params.modeId;
      sessions.save(session);
      return {};
    })
    .onRequest("session/set_config_option", ({ params }) => {
      const session = known(params.sessionId);
      const chosen = DEMO_MODELS.find(({ value }) => value === params.value);
      if (params.configId !== "model" || chosen === undefined)
        throw RequestError.invalidParams({ value: params.value });
      session.model = chosen.value;
      sessions.save(session);
      return { configOptions: settingsOf(session).configOptions };
    })
    .onRequest("session/prompt", async ({ params, client }) => {
      const session = known(params.sessionId);
      if (turns.has(session.id)) throw RequestError.invalidRequest({ reason: "a turn is running" });
      const turn = new AbortController();
      turns.set(session.id, turn);
      const { signal } = turn;
      const stage = new Stage({ client, session, signal, canAsk, paceMs, newId: randomUUID, now: Date.now });
      try {
        await playTurn(stage, textOf(params.prompt));
        return { stopReason: "end_turn", _meta: { quota: { token_count: tokensOf(session) } } };
      } catch (error) {
        if (error instanceof Cancelled || signal.aborted) return { stopReason: "cancelled" };
        throw error;
      } finally {
        turns.delete(session.id);
        sessions.save(session);
      }
    })
    .onNotification("session/cancel", ({ params }) => turns.get(params.sessionId)?.abort());
}

function settingsOf(session: DemoSession) {
  const model: SessionConfigOption = {
    id: "model",
    name: "Model",
    category: "model",
    type: "select",
    currentValue: session.model,
    options: DEMO_MODELS,
  };
  return { modes: { currentModeId: session.mode, availableModes: DEMO_MODES }, configOptions: [model] };
}

function textOf(blocks: readonly ContentBlock[]): string {
  return blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

/** Rough, as nothing was really counted: four characters to a token. */
function tokensOf(session: DemoSession): { input_tokens: number; output_tokens: number } {
  const count = (role: string): number =>
    Math.ceil(session.history.filter((kept) => kept.role === role).reduce((sum, { text }) => sum + text.length, 0) / 4);
  return { input_tokens: count("user"), output_tokens: count("agent") };
}

/** Runs the agent on the streams of a process, with what its arguments and environment say, until stdin closes. */
export function runDemoAgent(own: NodeJS.Process): void {
  const { argv, env, stdin, stdout, pid } = own;
  if (argv.includes("--version")) {
    stdout.write(`${VERSION}\n`);
    return;
  }
  const { KELPIE_DEMO_STATE: stateFolder, KELPIE_DEMO_PACE_MS: pace } = env;
  const demo = createDemoAgent({ stateFolder, paceMs: pace === undefined ? DEFAULT_PACE_MS : Number(pace) });
  demo.connect(ndJsonStream(Writable.toWeb(stdout), Readable.toWeb(stdin)));
  // Whoever closes stdin wants it over now, with whatever a command of ours is doing.
  stdin.once("close", () => void killDescendants(pid).then(() => own.exit(0)));
}

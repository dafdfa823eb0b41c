// What a person needs to know about claude on this machine: version, login, models, and the next step.
import { isAppError, PROBE_TIMEOUT_MS, z } from "../../../schema/index.ts";
import type { AgentStatus } from "../driver.ts";
import { runBriefly, type BriefRun } from "./brief-run.ts";
import { STREAM_ARGS } from "./invocation.ts";
import { initializeReply, parseLine } from "./wire.ts";

const ID = "claude";

/**
 * Modes a session can be in. `bypassPermissions` is not among them: claude refuses it to root, and to any process that
 * was not started with it.
 */
export const MODES: AgentStatus["modes"] = [
  { id: "default", name: "Ask first" },
  { id: "acceptEdits", name: "Accept edits" },
  { id: "plan", name: "Plan" },
  { id: "auto", name: "Auto" },
];

const authStatus = z.looseObject({
  loggedIn: z.boolean(),
  authMethod: z.optional(z.string()),
  apiKeySource: z.optional(z.string()),
  email: z.optional(z.nullable(z.string())),
  subscriptionType: z.optional(z.nullable(z.string())),
});

interface ProbeOptions {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Never throws for a missing or broken claude. Gives up after PROBE_TIMEOUT_MS in all. */
export async function probeClaude({ command, env }: ProbeOptions): Promise<AgentStatus> {
  const giveUpAt = performance.now() + PROBE_TIMEOUT_MS;
  const run = (args: readonly string[], input?: string): Promise<BriefRun> =>
    runBriefly({
      command,
      args,
      env,
      cwd: env["HOME"] ?? "/",
      timeoutMs: Math.max(0, giveUpAt - performance.now()),
      ...(input === undefined ? {} : { input }),
    });
  try {
    const [version, auth] = await Promise.all([run(["--version"]), run(["auth", "status"])]);
    const found = /\d+\.\d+\.\d+\S*/.exec(version.stdout)?.[0];
    if (version.code !== 0 || found === undefined) return broken(version);
    const account = readAccount(auth);
    if (account === undefined) return { ...broken(auth), version: found };
    if (account === "none") {
      return { ...status("logged-out"), version: found, next: "Run `claude auth login` on this machine." };
    }
    return { ...status("ready"), version: found, account, models: await readModels(run) };
  } catch (error) {
    if (!isAppError(error, "E_AGENT")) throw error;
    const isMissing = error.data["reason"] === "command-not-found";
    return isMissing
      ? { ...status("missing"), next: "npm install -g @anthropic-ai/claude-code" }
      : { ...status("broken"), detail: error.message };
  }
}

function status(state: AgentStatus["state"]): AgentStatus {
  return { id: ID, state, models: [], modes: MODES };
}

function broken(run: BriefRun): AgentStatus {
  const detail = run.isLate
    ? `claude did not answer within ${PROBE_TIMEOUT_MS / 1000} s`
    : run.stderr || run.stdout || `exit code ${run.code}`;
  return { ...status("broken"), detail, next: "Run `claude doctor` on this machine." };
}

/** Who is signed in; "none" when nobody is; undefined when claude did not say. */
function readAccount(run: BriefRun): string | undefined {
  const parsed = authStatus.safeParse(parseJson(run.stdout));
  if (!parsed.success) return undefined;
  const { loggedIn, authMethod, apiKeySource, email, subscriptionType } = parsed.data;
  if (!loggedIn) return "none";
  if (apiKeySource) return `API key (${apiKeySource})`;
  return [email ?? authMethod, subscriptionType].filter(Boolean).join(", ") || "signed in";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An older claude, or a wrapper's warning: the caller treats it as no answer.
    return undefined;
  }
}

/** The models claude offers; none when it does not say (they are only a list to choose from). */
async function readModels(
  run: (args: readonly string[], input: string) => Promise<BriefRun>,
): Promise<AgentStatus["models"]> {
  const request = { type: "control_request", request_id: "probe", request: { subtype: "initialize", hooks: null } };
  const { stdout } = await run(STREAM_ARGS, JSON.stringify(request));
  for (const text of stdout.split("\n")) {
    const line = parseLine(text);
    if (line.type !== "control_response") continue;
    const reply = initializeReply.safeParse(line.response.response);
    return reply.data?.models?.map(({ value, displayName }) => ({ id: value, name: displayName ?? value })) ?? [];
  }
  return [];
}

// What differs between ACP agents, as data. Sources: agents-others.md (observed, 20 November 2026) for the versions there.
import type { AgentId } from "../driver.ts";
import type { Choice } from "./offer.ts";

export interface AcpFacts {
  readonly id: AgentId;
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Fixed variables; the session's environment wins over them. */
  readonly env: Readonly<Record<string, string>>;
  /** Chosen in every new session unless another mode is asked for; ignored where it is not offered. */
  readonly defaultMode?: string;
  /** Milliseconds between closing stdin and SIGTERM. */
  readonly graceMs: number;
  /** What marks the end of the history that session/load replays: its reply, or an update that follows it. */
  readonly replayEndsWith: "reply" | "available_commands_update";
  /** True when a session can only be loaded in a later clock minute than the one it was made in. */
  readonly loadsInLaterMinute: boolean;
  readonly modes: readonly Choice[];
  readonly models: readonly Choice[];
  readonly detection: Detection;
}

export interface Detection {
  /** Arguments that print the version. */
  readonly versionArgs: readonly string[];
  /** One command or sentence for a person who does not have it. */
  readonly install: string;
  /** Absent: the agent needs no login, or nobody can tell from outside. */
  readonly login?: {
    readonly command: string;
    /** Any of these variables set means signed in with a key. */
    readonly env: readonly string[];
    /** The agent's own folder below home; the variable, where it is set, names another place. */
    readonly folder: string;
    readonly folderVariable?: string;
    /** Any of these files of that folder means signed in; `holds` narrows it to files that contain a text. */
    readonly files: readonly { readonly path: string; readonly holds?: string; readonly account: string }[];
  };
}

const codex: AcpFacts = {
  id: "codex",
  name: "Codex",
  command: "codex-acp",
  args: [],
  env: { NO_BROWSER: "1" },
  // In its own default mode `agent` a reviewer model decides instead of the person.
  defaultMode: "workspace-write",
  // It needs 7 s after stdin closes and ends at once on SIGTERM; its rollout file is written as things happen.
  graceMs: 2_000,
  replayEndsWith: "reply",
  loadsInLaterMinute: false,
  modes: [
    { id: "read-only", name: "Read-only" },
    { id: "workspace-write", name: "Workspace access" },
    { id: "agent", name: "Auto review" },
    { id: "agent-full-access", name: "Full access" },
  ],
  models: [],
  detection: {
    versionArgs: ["--version"],
    install: "npm install -g @openai/codex @agentclientprotocol/codex-acp",
    login: {
      command: "codex login",
      env: ["OPENAI_API_KEY", "CODEX_API_KEY"],
      folder: ".codex",
      folderVariable: "CODEX_HOME",
      files: [
        { path: "auth.json", account: "codex login" },
        { path: "config.toml", holds: "model_provider", account: "own provider" },
      ],
    },
  },
};

const gemini: AcpFacts = {
  id: "gemini",
  name: "Gemini CLI",
  command: "gemini",
  args: ["--acp"],
  // Without a relaunch there is one process, half the memory, and SIGTERM works. Kelpie has its own trust of projects.
  env: { GEMINI_CLI_NO_RELAUNCH: "true", GEMINI_CLI_TRUST_WORKSPACE: "true" },
  graceMs: 2_000,
  replayEndsWith: "available_commands_update",
  loadsInLaterMinute: true,
  modes: [
    { id: "default", name: "Default" },
    { id: "autoEdit", name: "Auto Edit" },
    { id: "yolo", name: "YOLO" },
    { id: "plan", name: "Plan" },
  ],
  models: [],
  detection: {
    versionArgs: ["--version"],
    install: "npm install -g @google/gemini-cli",
    login: {
      command: "gemini",
      env: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"],
      folder: ".gemini",
      files: [
        { path: "oauth_creds.json", account: "Google login" },
        // Some ways to sign in leave no file of ours to see; better ready and then the vendor's words than wrongly refused.
        { path: "settings.json", holds: "selectedType", account: "as in its settings" },
      ],
    },
  },
};

const opencode: AcpFacts = {
  id: "opencode",
  name: "OpenCode",
  command: "opencode",
  args: ["acp"],
  // By default it runs commands and edits without asking.
  env: { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_PERMISSION: '{"bash":"ask","edit":"ask"}' },
  graceMs: 2_000,
  replayEndsWith: "reply",
  loadsInLaterMinute: false,
  modes: [],
  models: [],
  detection: { versionArgs: ["--version"], install: "npm install -g opencode-ai" },
};

export const ACP_AGENTS: readonly AcpFacts[] = [codex, gemini, opencode];

/** Facts for a command of the local policy, of which nothing is known but that it speaks ACP. */
export function acpCommandFacts(command: {
  readonly id: AgentId;
  readonly command: string;
  readonly args: readonly string[];
}): AcpFacts {
  return {
    ...command,
    name: command.id,
    env: {},
    graceMs: 2_000,
    replayEndsWith: "reply",
    loadsInLaterMinute: false,
    modes: [],
    models: [],
    detection: {
      versionArgs: ["--version"],
      install: `Install ${command.command}, or remove it from the policy file.`,
    },
  };
}

// Which CLIs are on this machine, and whether they work and are signed in. Reads and runs; changes nothing.
import { access, constants, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { isAppError, PROBE_TIMEOUT_MS } from "../../schema/index.ts";
import type { Detection } from "./acp/facts.ts";
import { PROBE_OUTPUT_CHARS } from "./agent-limits.ts";
import { spawnAgent } from "./child.ts";
import type { AgentStatus } from "./driver.ts";

/** Variables of whoever started the relay that break or confuse an agent that inherits them (users-say.md 3.9). */
const STRIPPED = [
  /^CLAUDECODE$/,
  /^CLAUDE_CODE_(ENTRYPOINT|SSE_PORT|SESSION_ID|CHILD_SESSION)$/,
  /^ELECTRON_/,
  /^VSCODE_/,
  /^CURSOR_/,
  /^TERM_PROGRAM/,
  /^npm_/,
  /^(INIT_CWD|NODE_OPTIONS|NODE_CHANNEL_FD|NODE_PATH)$/,
];

export type Environment = Readonly<Record<string, string>>;

/** The environment without what belongs to an editor, a package manager or another agent; undefined values go too. */
export function withoutHostVariables(env: Readonly<Record<string, string | undefined>>): Environment {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !STRIPPED.some((pattern) => pattern.test(name))) kept[name] = value;
  }
  return kept;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when it was killed: by a signal, or by us after the timeout. */
  readonly code: number | null;
}

/**
 * Runs a short command to its end, without a shell, stdin closed; kills it after PROBE_TIMEOUT_MS. Throws E_AGENT when it
 * cannot be started. Its own process group matters: an interactive shell in ours would take the terminal from the relay.
 */
export async function runShort(command: string, args: readonly string[], env: Environment): Promise<RunResult> {
  const child = await spawnAgent({ command, args, cwd: tmpdir(), env });
  const ended = child.end({ graceMs: PROBE_TIMEOUT_MS, forceKillAfterMs: 0 });
  let stdout = "";
  for await (const line of child.lines) if (stdout.length < PROBE_OUTPUT_CHARS) stdout += `${line}\n`;
  const { code, stderr } = await ended;
  return { stdout, stderr, code };
}

const PATH_MARK = "kelpie-path:";

/**
 * PATH as the user's login shell sets it: a relay started by the system at login has a poorer one. Undefined when the
 * shell fails or is too slow. The shell runs the user's own start-up files.
 */
export async function readLoginPath(shell: string, env: Environment): Promise<string | undefined> {
  try {
    // Interactive too: zsh users set PATH in .zshrc. The mark skips whatever the start-up files print.
    const { stdout } = await runShort(shell, ["-l", "-i", "-c", `printf '%s%s\\n' '${PATH_MARK}' "$PATH"`], env);
    const line = stdout.split("\n").findLast((candidate) => candidate.includes(PATH_MARK));
    return line?.slice(line.indexOf(PATH_MARK) + PATH_MARK.length).trim() || undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    // No such shell: the PATH we have is the best there is.
    return undefined;
  }
}

/** The first executable of that name on `path`; a name with a slash is looked at as it is. */
export async function findOnPath(name: string, path: string): Promise<string | undefined> {
  const candidates = name.includes("/") ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not ours to run: both mean no.
    return false;
  }
}

export type Detected = Pick<AgentStatus, "state" | "version" | "account" | "detail" | "next">;

export interface Detector {
  /** Never throws: every failure is a state. Ends within PROBE_TIMEOUT_MS. */
  detect(command: string, detection: Detection): Promise<Detected>;
}

export interface DetectorDeps {
  /** With the PATH of the login shell, HOME and the agents' own variables. */
  readonly env: Environment | Promise<Environment>;
  readonly home: string;
}

/** Looks for commands in `env`, and for logins in `env` and `home`; no secret is read into a status. */
export function createDetector({ env: given, home }: DetectorDeps): Detector {
  return {
    async detect(command, detection) {
      const env = await given;
      const file = await findOnPath(command, env["PATH"] ?? "");
      if (file === undefined) return { state: "missing", next: detection.install };
      const version = await readVersion(file, detection.versionArgs, env);
      if ("detail" in version) return { state: "broken", detail: version.detail, next: detection.install };
      const login = await readLogin(detection, env, home);
      if (login === "none") return { state: "logged-out", ...version, next: detection.login?.command ?? command };
      return { state: "ready", ...version, ...login };
    },
  };
}

async function readVersion(
  file: string,
  args: readonly string[],
  env: Environment,
): Promise<{ version: string } | { detail: string }> {
  try {
    const { stdout, stderr, code } = await runShort(file, args, env);
    const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(stdout)?.[0];
    if (code === 0 && version !== undefined) return { version };
    if (code === null) return { detail: `did not answer within ${PROBE_TIMEOUT_MS / 1000} s` };
    return { detail: (stderr.trim() || stdout.trim() || `exit code ${code}`).slice(0, 500) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { detail: `cannot be started: ${String(error.data["reason"])}` };
  }
}

async function readLogin({ login }: Detection, env: Environment, home: string): Promise<"none" | { account?: string }> {
  if (login === undefined) return {};
  const variable = login.env.find((name) => env[name]);
  if (variable !== undefined) return { account: variable };
  const folder = env[login.folderVariable ?? ""] || join(home, login.folder);
  for (const { path, holds, account } of login.files) {
    const text = await readFile(join(folder, path), "utf8").catch(() => "");
    if (text !== "" && (holds === undefined || text.includes(holds))) return { account };
  }
  return "none";
}

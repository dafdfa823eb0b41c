// Every git process of the relay starts here, so that no repository decides what runs (protocol 8, claim S21).
import { execFile } from "node:child_process";
import { AppError } from "../../schema/index.ts";

/** Milliseconds for one git command; a network file system may be slow, a hang must end. */
export const GIT_TIMEOUT_MS = 30_000;
/** Bytes of output of one git command; more is cut off as a failure. */
const GIT_OUTPUT_BYTES = 8 * 1024 * 1024;
/** UTF-16 units of git's own words that an error carries. */
const WORDS_CHARS = 2_000;

/** How the local policy lets git run. */
export interface GitSettings {
  /** The git program: a path or a name on PATH of `env`. */
  readonly command: string;
  /** The child's whole environment (see childEnv). */
  readonly env: Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** A folder that exists and stays empty: git looks for hooks there. */
  readonly emptyFolder: string;
  /** Program for ssh remotes; default `ssh`. */
  readonly sshCommand?: string;
  /** Default: none, so that git asks nobody and fails instead. */
  readonly credentialHelper?: string;
  /** Leaves out the machine's own git configuration. */
  readonly isSystemConfigIgnored?: boolean;
  readonly timeoutMs?: number;
}

/** Runs one git command in a folder; resolves with its stdout. */
export type RunGit = (cwd: string, args: readonly string[]) => Promise<string>;

/**
 * A runner that throws E_GIT with git's words in `text` (`reason` git-missing when there is no git), E_TIMEOUT when it
 * hangs. Arguments are an array: callers put `--end-of-options` before refs and `--` before paths.
 */
export function createRunGit(settings: GitSettings): RunGit {
  return async (cwd, args) => {
    const env = environment(await settings.env, settings);
    return new Promise((resolve, reject) => {
      execFile(
        settings.command,
        [...hardened(settings), ...args],
        {
          cwd,
          env,
          timeout: settings.timeoutMs ?? GIT_TIMEOUT_MS,
          killSignal: "SIGKILL",
          maxBuffer: GIT_OUTPUT_BYTES,
        },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(refusal(error, stderr));
        },
      );
    });
  };
}

/** The options before the command. Each takes from the repository the choice of a program. */
function hardened({ emptyFolder, sshCommand = "ssh", credentialHelper = "" }: GitSettings): string[] {
  const options = {
    "core.fsmonitor": "false",
    "core.hooksPath": emptyFolder,
    "protocol.ext.allow": "never",
    "protocol.file.allow": "never",
    "core.pager": "cat",
    "diff.external": "",
    "core.sshCommand": sshCommand,
    "credential.helper": credentialHelper,
    "submodule.recurse": "false",
    // A repository may hold another one among its files, whose configuration nobody looked at (git 2.38 and newer).
    "safe.bareRepository": "explicit",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return [...flags, "--no-optional-locks"];
}

function environment(
  env: Readonly<Record<string, string>>,
  { isSystemConfigIgnored = false }: GitSettings,
): Record<string, string> {
  // A GIT_ variable names another repository, configuration or program: none comes from outside.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
  return {
    ...own,
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    ...(isSystemConfigIgnored ? { GIT_CONFIG_NOSYSTEM: "1" } : {}),
  };
}

function refusal(error: Error & { code?: unknown; killed?: boolean }, stderr: string): AppError {
  if (error.code === "ENOENT") {
    return new AppError("E_GIT", { reason: "git-missing", next: "Install git on this machine." }, { cause: error });
  }
  if (error.killed === true) return new AppError("E_TIMEOUT", { reason: "git did not end" }, { cause: error });
  return new AppError("E_GIT", { text: stderr.trim().slice(0, WORDS_CHARS) || error.message }, { cause: error });
}

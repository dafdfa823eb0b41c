// The relay's only door to its process: arguments, environment, streams, signals, exit code.
import { setDefaultAutoSelectFamilyAttemptTimeout } from "node:net";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { runProgram } from "./cli/program.ts";
import { RESTART, type Terminal } from "./cli/terminal.ts";
import { systemClock } from "./clock.ts";
import { calledWith } from "./command-name.ts";
import { armFailpoints } from "./failpoint.ts";
import { up } from "./up/up.ts";

/** Node gives each address family 250 ms by default; far links need longer (users-say 3.1, paseo 3869). */
const ADDRESS_FAMILY_MS = 2_500;

async function ask(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** Empty counts as unset: it would name the folder one stands in. */
function stateFolderOf(home: string): string {
  const named = process.env["KELPIE_HOME"];
  return named === undefined || named === "" ? join(home, ".kelpie") : named;
}

function terminalOf(ended: AbortSignal): Terminal {
  const home = homedir();
  const { uid } = userInfo();
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ask,
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    // npm runs scripts in the package's folder and tells where the person was.
    cwd: process.env["INIT_CWD"] ?? process.cwd(),
    env: process.env,
    home,
    pid: process.pid,
    nodeVersion: process.versions.node,
    place: {
      dir: stateFolderOf(home),
      runtimeDir: process.env["XDG_RUNTIME_DIR"] ?? tmpdir(),
      uid,
    },
    now: () => systemClock.now(),
    ended,
  };
}

const { env, pid } = process;
calledWith(env);
armFailpoints({ env, pid, signal: (signal) => void process.kill(pid, signal) });

const end = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end.abort());
process.on("SIGUSR2", () => end.abort(RESTART));
setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_FAMILY_MS);

/** A handle somebody forgot must not keep a stopped relay alive. */
const EXIT_WITHIN_MS = 3_000;

const terminal = terminalOf(end.signal);
const clock = systemClock;
const { execPath } = process;
process.exitCode = await runProgram(process.argv.slice(2), {
  terminal,
  up: (options) => up(options, { terminal, clock, execPath }),
});
setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();

// A real claude in a folder of its own, talking to a scripted provider. For *.agents.test.ts only.
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claudeTestEnv, installClaude } from "../../../house/claude-cli.ts";
import type { AgentDriver, AgentProcess, OpenOptions, TurnEnd } from "../../driver.ts";
import { startScriptedProvider, type ScriptedProvider } from "../../scripted/provider.ts";
import { scriptTag, type ScriptArgs } from "../../scripted/script.ts";
import { createClaudeDriver } from "../driver.ts";
import { EventWatch } from "./event-watch.ts";

export interface RealClaude extends AsyncDisposable {
  readonly driver: AgentDriver;
  readonly provider: ScriptedProvider;
  /** The workspace: an empty folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  open(options?: Partial<OpenOptions>): Promise<OpenClaude>;
}

export interface OpenClaude {
  readonly process: AgentProcess;
  readonly watch: EventWatch;
  /** Prompts with the tag of a script. */
  follow(script: string, args?: ScriptArgs): Promise<TurnEnd>;
}

/** Everything it started and made is gone after disposal. */
export async function startRealClaude(extraEnv: Readonly<Record<string, string>> = {}): Promise<RealClaude> {
  const command = await installClaude();
  // The real path: claude reports paths below it, and a temporary directory may be a link.
  const dir = await realpath(await mkdtemp(join(tmpdir(), "kelpie-claude-")));
  const cwd = join(dir, "work");
  await mkdir(cwd);
  const provider = await startScriptedProvider();
  const env = { ...(await claudeTestEnv(dir, provider.url)), ...extraEnv };
  const driver = createClaudeDriver({ command, env, now: () => Date.now() });
  const opened: AgentProcess[] = [];
  return {
    driver,
    provider,
    cwd,
    env,
    open: async (options = {}) => {
      const process = await driver.open({ cwd, env, ...options });
      opened.push(process);
      const follow = (script: string, args?: ScriptArgs): Promise<TurnEnd> =>
        process.prompt([{ type: "text", text: `Please go on. ${scriptTag(script, args)}` }]);
      return { process, watch: new EventWatch(process.events), follow };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((process) => process.close()));
      await provider.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

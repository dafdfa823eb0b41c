// Which agents this relay knows, by name. The one place that composes drivers; it starts nothing by itself.
import { createAcpDriver } from "./acp/acp-driver.ts";
import { ACP_AGENTS, acpCommandFacts } from "./acp/facts.ts";
import { demoFacts } from "./demo/facts.ts";
import { createDetector, type Environment } from "./detect.ts";
import type { AgentDriver, AgentId } from "./driver.ts";

export interface CatalogOptions {
  /** For detection: PATH of the login shell, and the agents' own variables (see withoutHostVariables, readLoginPath). */
  readonly env: Environment | Promise<Environment>;
  readonly home: string;
  readonly now: () => number;
  /** The Node that runs the demo agent. */
  readonly execPath: string;
  /** Folder of the demo agent's sessions. */
  readonly demoStateFolder?: string;
  /** Milliseconds between lines the demo agent streams; default 50. */
  readonly demoPaceMs?: number;
  /** ACP commands of the local policy, by the name the person gave them. */
  readonly commands?: readonly { readonly id: AgentId; readonly command: string; readonly args: readonly string[] }[];
}

export interface AgentCatalog {
  /** In the order to show; a command of the policy with a built-in name replaces it. */
  readonly ids: readonly AgentId[];
  /** The same driver every time; undefined for a name nobody knows. */
  driver(id: AgentId): Promise<AgentDriver | undefined>;
}

type MakeDriver = () => AgentDriver | Promise<AgentDriver>;

/** Drivers are made on first use: claude's is a program of its own and costs nothing until then. */
export function createCatalog(options: CatalogOptions): AgentCatalog {
  const { env, home, now, execPath, demoStateFolder, demoPaceMs, commands = [] } = options;
  const detector = createDetector({ env, home });
  const demo = demoFacts({
    execPath,
    ...(demoStateFolder === undefined ? {} : { stateFolder: demoStateFolder }),
    ...(demoPaceMs === undefined ? {} : { paceMs: demoPaceMs }),
  });
  const makers = new Map<AgentId, MakeDriver>([["claude", () => importClaude(options)]]);
  for (const facts of [...ACP_AGENTS, ...commands.map(acpCommandFacts), demo]) {
    makers.set(facts.id, () => createAcpDriver({ facts, now, detector }));
  }
  const made = new Map<AgentId, Promise<AgentDriver>>();
  return {
    ids: [...makers.keys()],
    async driver(id) {
      const make = makers.get(id);
      if (make === undefined) return undefined;
      const driver = made.get(id) ?? Promise.resolve(make());
      made.set(id, driver);
      return driver;
    },
  };
}

async function importClaude({ env, now }: CatalogOptions): Promise<AgentDriver> {
  const { createClaudeDriver } = await import("./claude/driver.ts");
  return createClaudeDriver({ env: await env, now });
}

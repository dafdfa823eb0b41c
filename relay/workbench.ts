// Puts agents, projects and sessions together: what the relay's entry starts, asks and closes as one.
import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { SessionId } from "../schema/index.ts";
import type { AgentCatalog } from "./agents/catalog.ts";
import type { Environment } from "./agents/detect.ts";
import type { AgentDriver, AgentId } from "./agents/driver.ts";
import { readStartTime } from "./agents/process-group.ts";
import type { Clock } from "./clock.ts";
import type { Handlers, Recover } from "./commands/ports.ts";
import { createRunGit } from "./git/run-git.ts";
import type { Database } from "./journal/database.ts";
import type { DocumentStore, SessionLog } from "./journal/ports.ts";
import { projectHandlers } from "./projects/project-handlers.ts";
import { Projects } from "./projects/projects.ts";
import { RootRows } from "./projects/root-rows.ts";
import { AgentsBoard } from "./sessions/agents-doc.ts";
import { hostedDriver, type HostingOptions, sweepHosts } from "./sessions/host/hosted-driver.ts";
import { PromptQueue } from "./sessions/prompt-queue.ts";
import { recoverSessionCommand, sessionHandlers } from "./sessions/session-handlers.ts";
import { SessionRows } from "./sessions/session-rows.ts";
import { Sessions } from "./sessions/sessions.ts";
import { WaitRows } from "./sessions/wait-rows.ts";
import type { WorkPolicy } from "./sessions/work-policy.ts";

export interface WorkbenchOptions {
  readonly db: Database;
  readonly log: SessionLog;
  readonly docs: DocumentStore;
  readonly clock: Clock;
  readonly catalog: AgentCatalog;
  /** As local policy is now; read anew for every decision. */
  readonly policy: () => WorkPolicy;
  /** The whole environment of git and of every agent (see childEnv), before what Kelpie adds for one agent. */
  readonly env: Environment | Promise<Environment>;
  readonly home: string;
  /** The state folder: worktrees, the demo agent's sessions and an empty folder for git live in it. */
  readonly stateFolder: string;
  /** Runs agents in processes that outlive the relay; absent: they run in the relay. */
  readonly hosting?: Omit<HostingOptions, "clock">;
  /** Free bytes where the state folder is. Default: what the file system says. */
  readonly diskFreeBytes?: () => Promise<number>;
  /** Something failed that no command answers for. */
  readonly report: (error: unknown, session?: SessionId) => void;
}

type Owned = ReturnType<typeof sessionHandlers> & ReturnType<typeof projectHandlers>;

export interface Workbench {
  readonly handlers: Pick<Handlers, keyof Owned>;
  readonly recoverCommand: Recover;
  readonly sessions: Sessions;
  readonly projects: Projects;
  /** Before any command runs: clears up after an earlier boot. Projects and agents are looked at in the background. */
  start(): Promise<void>;
  /** Ends every agent; sessions say interrupted. */
  close(): Promise<void>;
  /** Leaves every agent that can be found again. */
  leave(): Promise<void>;
}

/** Starts nothing by itself. */
export function createWorkbench(options: WorkbenchOptions): Workbench {
  const { db, log, docs, clock, catalog, policy, stateFolder, report, home } = options;
  const emptyFolder = join(stateFolder, "empty");
  mkdirSync(emptyFolder, { recursive: true, mode: 0o700 });
  const driver = driverSource(options);
  const agents = new AgentsBoard({ docs, clock, ids: catalog.ids, driver });
  const projects = new Projects({
    rows: new RootRows(db),
    docs,
    clock,
    git: createRunGit({ command: "git", env: options.env, emptyFolder, ...policy().git }),
    projectFolders: () => policy().projectFolders,
    mayDevicesTrust: () => policy().mayDevicesTrust,
    worktreeFolder: join(stateFolder, "worktrees"),
    report,
  });
  const rows = new SessionRows(db);
  const prompts = new PromptQueue(db);
  const waits = new WaitRows(db);
  const sessions = new Sessions({
    parts: {
      ...{ clock, log, docs, db, rows, prompts, waits, driver, home, report },
      envFor: async (id) => ({ ...(await options.env), ...extraFor(id, stateFolder) }),
      modesOf: (id) => agents.modesOf(id),
      branchOf: (cwd) => projects.branchOf(cwd),
      startTime: readStartTime,
      onTurnEnd: () => void projects.refresh().catch(report),
    },
    projects,
    policy: {
      isAgentAllowed: (agent) => policy().isAgentAllowed(agent),
      isModeAllowed: (agent, mode) => policy().isModeAllowed(agent, mode),
    },
    diskFreeBytes: options.diskFreeBytes ?? (() => freeBytes(stateFolder)),
  });
  return {
    handlers: { ...sessionHandlers(sessions, agents), ...projectHandlers(projects) },
    recoverCommand: (op, ref) => recoverSessionCommand({ rows, prompts, waits }, op, ref),
    sessions,
    projects,
    start: async () => {
      const { hosting } = options;
      const living = rows.live().flatMap(({ host }) => (host === undefined ? [] : [host.dir]));
      if (hosting !== undefined) sweepHosts(hosting.place, new Set(living));
      await sessions.recover();
      // git and the agents may be slow; what an earlier start published is shown meanwhile.
      void projects.refresh().catch(report);
      void agents.probe().catch(report);
    },
    close: () => sessions.close(),
    leave: () => sessions.leave(),
  };
}

/** The same driver every time: of an agent in a host where there are hosts. */
function driverSource({ catalog, clock, hosting }: WorkbenchOptions): AgentCatalog["driver"] {
  if (hosting === undefined) return (id) => catalog.driver(id);
  const made = new Map<AgentId, AgentDriver>();
  return async (id) => {
    const inner = await catalog.driver(id);
    if (inner === undefined) return undefined;
    const driver = made.get(id) ?? hostedDriver(inner, { ...hosting, clock });
    made.set(id, driver);
    return driver;
  };
}

/** The demo agent keeps its conversations in the state folder, so that they can be resumed. */
function extraFor(id: string, stateFolder: string): Record<string, string> {
  return id === "demo" ? { KELPIE_DEMO_STATE: join(stateFolder, "demo") } : {};
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

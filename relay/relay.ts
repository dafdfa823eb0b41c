// Wires one relay together out of its parts, in the order in which they must come to life, and ends it in reverse.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MACHINE_SESSION, randomId, type BootId } from "../schema/index.ts";
import { createCatalog, type AgentCatalog } from "./agents/catalog.ts";
import { withoutHostVariables } from "./agents/detect.ts";
import { readStartTime } from "./agents/process-group.ts";
import type { Clock } from "./clock.ts";
import { deviceHandlers } from "./commands/device-handlers.ts";
import { historyHandlers } from "./commands/history-handlers.ts";
import { Pipeline } from "./commands/pipeline.ts";
import { parsePolicy, type Policy } from "./commands/policy.ts";
import { createRunGit } from "./git/run-git.ts";
import { diskOf, publishHealth } from "./health.ts";
import { openDatabase, type Database } from "./journal/database.ts";
import { Documents } from "./journal/documents.ts";
import { openSessionLog, type Log } from "./journal/session-log.ts";
import type { Api } from "./link/api.ts";
import { Link } from "./link/link.ts";
import type { LogFile } from "./log-file.ts";
import { projectHandlers } from "./projects/project-handlers.ts";
import { Projects } from "./projects/projects.ts";
import { RootRows } from "./projects/root-rows.ts";
import { AgentsBoard } from "./sessions/agents-doc.ts";
import { childEnv } from "./sessions/child-env.ts";
import { PromptQueue } from "./sessions/prompt-queue.ts";
import { recoverSessionCommand, sessionHandlers } from "./sessions/session-handlers.ts";
import { SessionRows } from "./sessions/session-rows.ts";
import { Sessions } from "./sessions/sessions.ts";
import { WaitRows } from "./sessions/wait-rows.ts";
import type { StateFolder } from "./state/state-folder.ts";
import { auditTrust } from "./trust/audit.ts";
import { loadIdentity, type LoadedIdentity } from "./trust/identity.ts";
import { PairingDesk } from "./trust/pairing.ts";
import { publishPairing } from "./trust/pairing-document.ts";
import { TrustStore } from "./trust/trust-store.ts";

/** What does not need a Worker: database, identity, trust, log, documents. */
export interface Core {
  readonly state: StateFolder;
  readonly clock: Clock;
  readonly logFile: LogFile;
  readonly db: Database;
  readonly identity: LoadedIdentity;
  readonly trust: TrustStore;
  readonly log: Log;
  readonly documents: Documents;
}

/** Opens the core. E_DISK, E_POLICY with the next step when something of it must not be touched. */
export async function openCore(
  options: Pick<Core, "state" | "clock" | "logFile"> & { readonly uid: number },
): Promise<Core> {
  const { state, clock, logFile, uid } = options;
  const db = openDatabase(state.dir);
  const identity = await loadIdentity(state.dir, uid);
  const trust = new TrustStore({ db, clock, identity, report: logFile.defect });
  const log = await openSessionLog({ db, clock, identity, epochs: trust.epochs });
  if (identity.isNew) log.begin(MACHINE_SESSION);
  const documents = new Documents({ db, clock, identity, epochs: trust.epochs });
  return { state, clock, logFile, db, identity, trust, log, documents };
}

/** What a relay is told beyond its core. */
export interface RelayOptions {
  readonly api: Api;
  /** Where the relay dials. */
  readonly origin: string;
  /** Pairing asks for digits: there is somebody between the two ends. */
  readonly digits: boolean;
  readonly machineName: string;
  readonly projectFolders: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** PATH of the login shell, where it could be read. */
  readonly loginPath: string | undefined;
  readonly home: string;
  readonly execPath: string;
  /** Milliseconds between the demo agent's lines, for tests that need a pace. */
  readonly demoPaceMs?: number;
}

/** A relay at work. */
export interface Relay {
  readonly core: Core;
  readonly link: Link;
  readonly pairing: PairingDesk;
  readonly commands: Pipeline;
  readonly board: AgentsBoard;
  readonly projects: Projects;
  /** Ends agents, closes the link and the database. Idempotent. */
  stop(): Promise<void>;
}

/** Brings a core to life: repairs what an earlier boot left, then dials. */
export async function startRelay(core: Core, options: RelayOptions): Promise<Relay> {
  const { state, clock, logFile, db, identity, trust, log, documents } = core;
  const { note, defect } = logFile;
  const boot = randomId<BootId>();
  const policy = await readPolicy(join(state.dir, "policy.json"));
  const host = { ri: identity.ri, riPublic: identity.riPublic, name: options.machineName };
  const pairing = new PairingDesk({ store: trust, host, clock, digits: options.digits });
  const work = openWork(core, options, policy);
  const commands = new Pipeline({
    db,
    clock,
    machine: identity.machine,
    boot,
    devices: trust,
    log,
    policy: () => policy,
    handlers: {
      ...deviceHandlers({ devices: trust, keyrings: trust, pairing, policy: () => policy }),
      ...historyHandlers({ db, log, epochs: trust.epochs }),
      ...projectHandlers(work.projects),
      ...sessionHandlers(work.sessions, work.board),
    },
    recover: (op, ref) => recoverSessionCommand(work, op, ref),
    answers: { send: (frame) => link.sendResult(frame), got: (d, g, ctr) => link.gotCommand(d, g, ctr) },
    report: (error, id) => {
      note("command-defect", { id });
      defect(error);
    },
  });
  const { api, origin } = options;
  const link: Link = new Link({
    ...{
      origin,
      api,
      identity,
      log,
      documents,
      devices: trust,
      epochs: trust.epochs,
      keyrings: trust,
      pairing,
      commands,
    },
    ...{ boot, clock, random: Math.random, note },
  });
  const endings = [
    auditTrust(trust, log, defect),
    publishPairing(pairing, documents, defect),
    publishHealth(
      {
        ...{ documents, clock, stateDir: state.dir, started: clock.now(), localWorker: !options.digits },
        machineName: () => options.machineName,
        projectFolders: () => options.projectFolders,
        isWatched: () => link.isWatched(),
      },
      defect,
    ),
  ];
  await work.sessions.recover();
  await commands.recover();
  await work.projects.refresh();
  link.start();
  void work.board.probe().catch(defect);
  const stop = once(async () => {
    for (const end of endings) end();
    pairing.stop();
    await work.sessions.close();
    commands.stop();
    await log.flush();
    link.stop();
    trust.stop();
    db.close();
  });
  return { core, link, pairing, commands, board: work.board, projects: work.projects, stop };
}

interface Work {
  readonly sessions: Sessions;
  readonly projects: Projects;
  readonly board: AgentsBoard;
  readonly rows: SessionRows;
  readonly prompts: PromptQueue;
  readonly waits: WaitRows;
}

function openWork(core: Core, options: RelayOptions, policy: Policy): Work {
  const { state, clock, db, log, documents: docs, logFile } = core;
  const { env, loginPath, home } = options;
  const environment = childEnv({ env, ...(loginPath === undefined ? {} : { loginPath }) });
  const catalog = openCatalog(core, options, environment);
  const driver: AgentCatalog["driver"] = (id) => catalog.driver(id);
  const board = new AgentsBoard({ docs, clock, ids: catalog.ids, driver });
  const projects = openProjects(core, options, { environment, policy });
  const [rows, prompts, waits] = [new SessionRows(db), new PromptQueue(db), new WaitRows(db)];
  const sessions = new Sessions({
    parts: {
      ...{ clock, log, docs, db, rows, prompts, waits, driver, home },
      envFor: (id) => (id === "demo" ? { ...environment, KELPIE_DEMO_STATE: state.agents } : environment),
      modesOf: (id) => board.modesOf(id),
      branchOf: (cwd) => projects.branchOf(cwd),
      startTime: readStartTime,
      onTurnEnd: () => void projects.refresh().catch(logFile.defect),
      report: (error, session) => {
        logFile.note("session-defect", { session });
        logFile.defect(error);
      },
    },
    projects,
    // The local policy file narrows scopes and operations; agents and modes are all allowed until it names some.
    policy: { isAgentAllowed: () => true, isModeAllowed: () => true },
    diskFreeBytes: async () => (await diskOf(state.dir)).freeBytes,
  });
  return { sessions, projects, board, rows, prompts, waits };
}

function openCatalog(
  { state, clock }: Core,
  options: RelayOptions,
  environment: Readonly<Record<string, string>>,
): AgentCatalog {
  return createCatalog({
    env: withoutHostVariables(environment),
    home: options.home,
    now: clock.now,
    execPath: options.execPath,
    demoStateFolder: state.agents,
    ...(options.demoPaceMs === undefined ? {} : { demoPaceMs: options.demoPaceMs }),
  });
}

function openProjects(
  { state, clock, db, documents: docs, logFile }: Core,
  options: RelayOptions,
  { environment, policy }: { readonly environment: Readonly<Record<string, string>>; readonly policy: Policy },
): Projects {
  const emptyFolder = join(state.dir, "no-hooks");
  mkdirSync(emptyFolder, { recursive: true, mode: 0o700 });
  return new Projects({
    rows: new RootRows(db),
    ...{ docs, clock },
    git: createRunGit({ command: "git", env: environment, emptyFolder }),
    projectFolders: () => options.projectFolders,
    mayDevicesTrust: () => !policy.forbidden.includes("project.trust"),
    worktreeFolder: join(state.dir, "worktrees"),
    report: logFile.defect,
  });
}

async function readPolicy(path: string): Promise<Policy> {
  return parsePolicy(existsSync(path) ? readFileSync(path, "utf8") : null);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}

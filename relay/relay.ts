// Wires one relay together out of its parts, in the order in which they must come to life, and ends it in reverse.
import { dirname, join } from "node:path";
import { MACHINE_SESSION, randomId, type BootId } from "../schema/index.ts";
import { createCatalog } from "./agents/catalog.ts";
import { withoutHostVariables } from "./agents/detect.ts";
import type { Clock } from "./clock.ts";
import { failpointVariables } from "./failpoint.ts";
import { deviceHandlers } from "./commands/device-handlers.ts";
import { historyHandlers } from "./commands/history-handlers.ts";
import { Pipeline } from "./commands/pipeline.ts";
import { parsePolicy, readPolicyText } from "./commands/policy.ts";
import { publishHealth } from "./health.ts";
import { openDatabase, type Database } from "./journal/database.ts";
import { Documents } from "./journal/documents.ts";
import { hasRecords } from "./journal/record-table.ts";
import { openSessionLog, type Log } from "./journal/session-log.ts";
import type { Api } from "./link/api.ts";
import { dial } from "./link/dial.ts";
import { Link } from "./link/link.ts";
import type { LogFile } from "./log-file.ts";
import { childEnv } from "./sessions/child-env.ts";
import { parseWorkPolicy } from "./sessions/work-policy.ts";
import { placeOf, type Place } from "./state/place.ts";
import { Restorer } from "./restorer.ts";
import type { StateFolder } from "./state/state-folder.ts";
import { auditTrust } from "./trust/audit.ts";
import { loadIdentity, requireIdentity, type LoadedIdentity } from "./trust/identity.ts";
import { publishKeys } from "./trust/keys-document.ts";
import { markPlace } from "./trust/restore-mark.ts";
import { PairingDesk } from "./trust/pairing.ts";
import { publishPairing } from "./trust/pairing-document.ts";
import { TrustStore } from "./trust/trust-store.ts";
import { createWorkbench, type Workbench } from "./workbench.ts";

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
  options: Pick<Core, "state" | "clock" | "logFile"> & {
    readonly uid: number;
    /** Where the folder lies; by default as the system says. */
    readonly place?: Place;
  },
): Promise<Core> {
  const { state, clock, logFile, uid } = options;
  const db = openDatabase(state.dir);
  if (hasRecords(db)) requireIdentity(state.dir);
  const identity = await loadIdentity(state.dir, uid);
  markPlace(db, options.place ?? placeOf(state.dir));
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
  /** PATH of the login shell, where it can be read. A slow shell delays git and agents, not the start. Never rejects. */
  readonly loginPath: Promise<string | undefined>;
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
  /** Ends agents, closes the link and the database. Idempotent. */
  stop(): Promise<void>;
  /** As stop, but agents go on for some minutes, for the next relay to find. */
  leave(): Promise<void>;
}

/** Brings a core to life: repairs what an earlier boot left, then dials. */
export async function startRelay(core: Core, options: RelayOptions): Promise<Relay> {
  const { state, clock, logFile, db, identity, trust, log, documents } = core;
  const { note, defect } = logFile;
  const boot = randomId<BootId>();
  const policyText = readPolicyText(join(state.dir, "policy.json"));
  const policy = await parsePolicy(policyText);
  const host = { ri: identity.ri, riPublic: identity.riPublic, name: options.machineName };
  const pairing = new PairingDesk({ store: trust, host, clock, digits: options.digits });
  const workbench = openWorkbench(core, options, policyText);
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
      ...workbench.handlers,
    },
    recover: workbench.recoverCommand,
    answers: { send: (frame) => link.sendResult(frame), got: (d, g, ctr) => link.gotCommand(d, g, ctr) },
    report: (error, id) => {
      note("command-defect", { id });
      defect(error);
    },
  });
  const restoring = new Restorer({ ...core, sessions: workbench.sessions, commands: () => commands, note });
  const { api, origin } = options;
  const link: Link = new Link({
    ...{
      dial: (events) => dial(api, origin, identity.machine, events),
      identity,
      log,
      documents,
      devices: trust,
      epochs: trust.epochs,
      keyrings: trust,
      pairing,
      commands,
      restoring,
    },
    ...{ boot, clock, random: Math.random, note },
  });
  const endings = [
    auditTrust(trust, log),
    publishPairing(pairing, documents, defect),
    publishKeys({ db, clock, trust, documents }, defect),
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
  await workbench.start();
  link.start();
  let stopped: Promise<void> | null = null;
  const stopWith = async (endAgents: () => Promise<void>): Promise<void> => {
    for (const end of endings) end();
    pairing.stop();
    await endAgents();
    commands.stop();
    await log.flush();
    link.stop();
    trust.stop();
    db.close();
  };
  return {
    ...{ core, link, pairing, commands },
    stop: () => (stopped ??= stopWith(() => workbench.close())),
    leave: () => (stopped ??= stopWith(() => workbench.leave())),
  };
}

/** Agents, projects and sessions, with the rules of the local policy file. */
function openWorkbench(core: Core, options: RelayOptions, policyText: string | null): Workbench {
  const { state, clock, db, log, documents: docs, logFile } = core;
  const { env, loginPath, home, projectFolders } = options;
  const fromFile = parseWorkPolicy(policyText);
  // Folders named in the file win; else what the person answered once at the first start.
  const policy = fromFile.projectFolders.length > 0 ? fromFile : { ...fromFile, projectFolders };
  const environment = loginPath.then((path) => childEnv({ env, ...(path === undefined ? {} : { loginPath: path }) }));
  const agents = {
    env: environment.then(withoutHostVariables),
    home,
    execPath: options.execPath,
    demoStateFolder: join(state.dir, "demo"),
    commands: policy.commands,
    ...(options.demoPaceMs === undefined ? {} : { demoPaceMs: options.demoPaceMs }),
  };
  const compileCache = env["NODE_COMPILE_CACHE"];
  return createWorkbench({
    ...{ db, log, docs, clock, env: environment, home, stateFolder: state.dir },
    catalog: createCatalog({ ...agents, now: () => clock.now() }),
    hosting: {
      place: { dir: join(state.dir, "hosts"), socketDir: dirname(state.socket) },
      catalog: agents,
      // Whose it is stands in its environment, for people who look at processes.
      env: {
        KELPIE_HOME: state.dir,
        ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
        ...failpointVariables(env),
      },
    },
    policy: () => policy,
    report: (error, session) => {
      logFile.note("session-defect", { session });
      logFile.defect(error);
    },
  });
}

// One life of the relay: the parts of relay.ts wired in the same order, with the process, the network and the agents passed
// in. Projects are folders that need no git and no trust.
import {
  MACHINE_SESSION,
  randomId,
  type BootId,
  type Bytes,
  type DeviceId,
  type OperationName,
  type RootId,
} from "../../../schema/index.ts";
import { AppError } from "../../../schema/index.ts";
import type { Clock } from "../../clock.ts";
import { deviceHandlers } from "../../commands/device-handlers.ts";
import { historyHandlers } from "../../commands/history-handlers.ts";
import { Pipeline } from "../../commands/pipeline.ts";
import { parsePolicy } from "../../commands/policy.ts";
import type { Database } from "../../journal/database.ts";
import { Documents } from "../../journal/documents.ts";
import { openSessionLog, type Log } from "../../journal/session-log.ts";
import type { Socket, SocketEvents } from "../../link/dial.ts";
import { Link } from "../../link/link.ts";
import { AgentsBoard } from "../../sessions/agents-doc.ts";
import type { ProjectsPort } from "../../sessions/projects-port.ts";
import { PromptQueue } from "../../sessions/prompt-queue.ts";
import { recoverSessionCommand, sessionHandlers } from "../../sessions/session-handlers.ts";
import { SessionRows } from "../../sessions/session-rows.ts";
import { Sessions } from "../../sessions/sessions.ts";
import { WaitRows } from "../../sessions/wait-rows.ts";
import { Restorer } from "../../restorer.ts";
import { auditTrust } from "../../trust/audit.ts";
import type { LoadedIdentity } from "../../trust/identity.ts";
import { PairingDesk } from "../../trust/pairing.ts";
import { publishPairing } from "../../trust/pairing-document.ts";
import { TrustStore } from "../../trust/trust-store.ts";
import { AGENT } from "./sim-agent.ts";
import type { SimDriver } from "./sim-driver.ts";
import type { SimHosts } from "./sim-hosts.ts";

/** The edges of one life. */
export interface BootParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly identity: LoadedIdentity;
  readonly driver: SimDriver;
  readonly hosts: SimHosts;
  readonly random: () => number;
  readonly dial: (events: SocketEvents) => Promise<Socket>;
  /** A RES frame is about to leave. */
  readonly answering: (frame: Bytes) => void;
  /** A failure that no command answers for. */
  readonly report: (error: unknown) => void;
}

/** A relay at work. */
export interface Boot {
  readonly log: Log;
  readonly documents: Documents;
  readonly trust: TrustStore;
  readonly pairing: PairingDesk;
  readonly sessions: Sessions;
  readonly link: Link;
}

/** The roots that sessions may start in; one writer each. */
export const ROOTS = ["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ", "AAAAAAAAAAAAAAAAAAAAAg"] as const;

/** Opens everything over the database as it is, repairs what an earlier life left, then dials. */
export async function boot(parts: BootParts): Promise<Boot> {
  const { db, clock, identity, report, random } = parts;
  const trust = new TrustStore({ db, clock, identity, report });
  const { epochs } = trust;
  const log = await openSessionLog({ db, clock, identity, epochs });
  if (log.sessions().length === 0) log.begin(MACHINE_SESSION);
  const documents = new Documents({ db, clock, identity, epochs });
  const bootId = randomId<BootId>();
  const policy = await parsePolicy(null);
  const host = { ri: identity.ri, riPublic: identity.riPublic, name: "machine" };
  const pairing = new PairingDesk({ store: trust, host, clock, digits: false });
  const { sessions, handlers, recover } = workbench(parts, log, documents);
  const commands = new Pipeline({
    ...{ db, clock, machine: identity.machine, boot: bootId, devices: trust, log },
    policy: () => policy,
    handlers: {
      ...deviceHandlers({ devices: trust, keyrings: trust, pairing, policy: () => policy }),
      ...historyHandlers({ db, log, epochs }),
      ...handlers,
    },
    recover,
    answers: {
      send: (frame) => {
        parts.answering(frame);
        link.sendResult(frame);
      },
      got: (d, g, ctr) => link.gotCommand(d, g, ctr),
    },
    report,
  });
  const restoring = new Restorer({
    ...{ db, clock, trust, documents, log, sessions },
    ...{ commands: () => commands, note: () => undefined },
  });
  const link: Link = new Link({
    ...{ dial: parts.dial, identity, log, documents, devices: trust, epochs, keyrings: trust, pairing, commands },
    ...{ boot: bootId, clock, random, note: () => undefined, restoring },
  });
  auditTrust(trust, log);
  publishPairing(pairing, documents, report);
  await sessions.recover();
  link.start();
  return { log, documents, trust, pairing, sessions, link };
}

function workbench({ db, clock, driver, hosts, report }: BootParts, log: Log, docs: Documents) {
  const drivers = async (id: string) => (id === AGENT ? driver : undefined);
  const agents = new AgentsBoard({ docs, clock, ids: [AGENT], driver: drivers });
  const rows = new SessionRows(db);
  const prompts = new PromptQueue(db);
  const waits = new WaitRows(db);
  const sessions = new Sessions({
    parts: {
      ...{ clock, log, docs, db, rows, prompts, waits, driver: drivers, home: "/home" },
      envFor: async () => ({}),
      modesOf: (id) => agents.modesOf(id),
      branchOf: async () => undefined,
      startTime: async (pid) => String(pid),
      onTurnEnd: () => undefined,
      report,
    },
    projects: PROJECTS,
    policy: { isAgentAllowed: () => true, isModeAllowed: () => true },
    diskFreeBytes: async () => Number.MAX_SAFE_INTEGER,
    // An agent without a host is part of the relay's process and died with it.
    endLeftover: async ({ pid }) => {
      hosts.kill(({ ref }) => ref.pid === pid);
      return true;
    },
    endMarked: async (mark) => hosts.kill((host) => host.mark === mark),
  });
  const noProjects = async (): Promise<never> => {
    throw new AppError("E_POLICY", { reason: "no projects here" });
  };
  return {
    sessions,
    handlers: {
      ...sessionHandlers(sessions, agents),
      "project.add": noProjects,
      "project.remove": noProjects,
      "project.trust": noProjects,
    },
    recover: (op: OperationName, ref: readonly [DeviceId, number, number]) =>
      recoverSessionCommand({ rows, prompts, waits }, op, [...ref]),
  };
}

const workspaceAt = (root: RootId, path: string) => ({ root, project: "project", path, tree: path });

const PROJECTS: ProjectsPort = {
  workspace: async (root) => workspaceAt(root, `/home/${root}`),
  requireTrust: async () => undefined,
  addWorktree: async (root, branch) => workspaceAt(root, `/home/${root}/${branch}`),
};

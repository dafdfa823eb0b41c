// Any driver, run in a session host of its own, so that its agent outlives the relay. Starts hosts and finds them again.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError, isAppError } from "../../../schema/index.ts";
import type { CatalogOptions } from "../../agents/catalog.ts";
import { MARK_NAME, killMarked } from "../../agents/marked-processes.ts";
import { settlesWithin } from "../../agents/deadline.ts";
import type { AdoptOptions, AgentDriver, AgentProcess, HostRef, OpenOptions } from "../../agents/driver.ts";
import { openUnlessAborted } from "../../agents/opening.ts";
import { readStartTime } from "../../agents/process-group.ts";
import type { Clock } from "../../clock.ts";
import { failpoint } from "../../failpoint.ts";
import { endLeftover } from "../leftovers.ts";
import { readLog } from "./event-log.ts";
import { HOST_ALONE_MS, HOST_EXIT_MS, HOST_POLL_MS, HOST_START_MS } from "./host-limits.ts";
import { connectHost, type HostCaller, hostEvents } from "./host-link.ts";
import { errorOf, HOST_PROTOCOL, type HostConfig, parseEvent } from "./host-protocol.ts";
import { HostedProcess, type HostedParts } from "./hosted-process.ts";

/** Where hosts keep their logs and sockets. */
export interface HostPlace {
  /** A folder in the state folder; one folder in it per host. */
  readonly dir: string;
  /** Folder of the relay's own socket: private, and its path short enough. */
  readonly socketDir: string;
}

/** What hosts are made of. */
export interface HostingOptions {
  readonly place: HostPlace;
  /** What the host makes the driver from. */
  readonly catalog: Omit<CatalogOptions, "now">;
  readonly clock: Clock;
  /** The host's own environment; an agent's comes with its options. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default HOST_ALONE_MS. */
  readonly aloneMs?: number;
}

const PROGRAM = join(import.meta.dirname, "main.ts");
/** As the relay's own: a young generation that does not grow keeps a host small. */
const NODE_ARGS = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=1"];
const HOST_LOG = "host.log";

/** `inner` with its agents in hosts; probing stays here. */
export function hostedDriver(inner: AgentDriver, options: HostingOptions): AgentDriver {
  return {
    id: inner.id,
    ...(inner.canFork === undefined ? {} : { canFork: inner.canFork }),
    probe: () => inner.probe(),
    open: (open) => openHosted(inner.id, options, open),
    adopt: (adopted) => adoptHosted(options, adopted),
  };
}

/** Deletes what hosts of no living session have left. */
export function sweepHosts({ dir }: HostPlace, living: ReadonlySet<string>): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(dir)) {
    const folder = join(dir, name);
    if (!living.has(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

async function openHosted(agent: string, options: HostingOptions, open: OpenOptions): Promise<AgentProcess> {
  const host = await startHost(agent, options, open);
  try {
    const { agentPid, at, caller } = await openUnlessAborted(
      open.signal,
      () => void host.child.kill("SIGTERM"),
      () => untilReady(host),
    );
    const { ref, child } = host;
    const pidStart = await readStartTime(agentPid);
    const agentOf = { pid: agentPid, pidStart, mark: open.env[MARK_NAME] };
    const endHost = (): Promise<void> => endHostOf(exitOf(child), () => child.kill("SIGKILL"), agentOf);
    return new HostedProcess({
      ...{ ref, caller, from: at, agentPid, endHost, clock: options.clock },
      ...filesOf(ref),
    });
  } catch (error) {
    host.child.kill("SIGTERM");
    if (!(await settlesWithin(exitOf(host.child), HOST_EXIT_MS))) host.child.kill("SIGKILL");
    rmSync(host.ref.dir, { recursive: true, force: true });
    throw error;
  }
}

interface StartedHost {
  readonly ref: HostRef;
  readonly child: ChildProcess;
}

async function startHost(agent: string, options: HostingOptions, open: OpenOptions): Promise<StartedHost> {
  const { place, catalog, env, aloneMs = HOST_ALONE_MS } = options;
  const { signal: _signal, log: _log, ...kept } = open;
  // Short: a socket's path has room for a hundred-odd bytes (state-folder.ts).
  const name = randomBytes(4).toString("hex");
  const dir = join(place.dir, name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const address = { nonce: randomBytes(16).toString("base64url"), socket: join(place.socketDir, `${name}.sock`) };
  const made = { ...catalog, env: await catalog.env };
  const config: HostConfig = { v: HOST_PROTOCOL, dir, ...address, agent, catalog: made, open: kept, aloneMs };
  const log = openSync(join(dir, HOST_LOG), "ax", 0o600);
  const mark = open.env[MARK_NAME];
  const child = spawn(catalog.execPath, [...NODE_ARGS, PROGRAM], {
    cwd: dirname(PROGRAM),
    // With the mark: a relay that crashed in this very moment finds and ends it by that.
    env: { ...env, ...(mark === undefined ? {} : { [MARK_NAME]: mark }) },
    detached: true,
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  failpoint("hosting.spawned");
  child.unref();
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) throw notStarted(dir, await once(child, "error"));
  // One that ends at once breaks the pipe; its exit is looked at below.
  stdin.on("error", () => undefined);
  stdin.end(JSON.stringify(config));
  const start = await readStartTime(pid);
  if (start === undefined) throw notStarted(dir);
  return { ref: { pid, start, dir, ...address }, child };
}

async function untilReady({ ref, child }: StartedHost) {
  const caller = await connected(ref, child);
  if (caller !== null) {
    for await (const { at, event } of hostEvents(ref, 0, new AbortController().signal)) {
      if (event.type === "ready") return { agentPid: event.pid, at, caller };
      if (event.type === "unopened") break;
    }
    caller.close();
  }
  // It has ended, perhaps before anybody heard it say why.
  for (const { line } of readLog(ref.dir, 0)) {
    const event = parseEvent(line);
    if (event.type === "unopened") throw errorOf(event.failure);
  }
  throw notStarted(ref.dir);
}

/** A host listens some hundred ms after its start; nothing tells when. Null when it has ended. */
async function connected(ref: HostRef, child: ChildProcess): Promise<HostCaller | null> {
  const giveUpAt = performance.now() + HOST_START_MS;
  for (;;) {
    try {
      return await connectHost(ref);
    } catch (error) {
      if (!isAppError(error, "E_OFFLINE")) throw error;
    }
    if (child.exitCode !== null || child.signalCode !== null) return null;
    if (performance.now() > giveUpAt) throw new AppError("E_TIMEOUT", { reason: "the session host does not answer" });
    await delay(HOST_POLL_MS);
  }
}

async function adoptHosted({ clock }: HostingOptions, adopted: AdoptOptions): Promise<AgentProcess> {
  const { host: ref, from, pid: agentPid } = adopted;
  const isRunning = async (): Promise<boolean> => (await readStartTime(ref.pid)) === ref.start;
  const gone = async (): Promise<void> => {
    while (await isRunning()) await delay(HOST_POLL_MS);
  };
  const kill = (): void => killQuietly(ref.pid);
  const endHost = async (): Promise<void> => {
    if (await isRunning()) await endHostOf(gone(), kill, adopted);
    else await endAgentOf(adopted);
  };
  const caller = (await isRunning()) ? await connectHost(ref).catch(ignoreOffline) : null;
  if (caller === null) await endHost();
  return new HostedProcess({ ...{ ref, caller, from, agentPid, endHost, clock }, ...filesOf(ref) });
}

/** What a host says, over its socket while it lives and in its log after that. */
function filesOf(ref: HostRef): Pick<HostedParts, "events" | "rest" | "forget"> {
  return {
    events: (from, signal) => hostEvents(ref, from, signal),
    *rest(from) {
      for (const { at, line } of readLog(ref.dir, from)) yield { at, event: parseEvent(line) };
    },
    forget: () => rmSync(ref.dir, { recursive: true, force: true }),
  };
}

type AgentOf = Pick<AdoptOptions, "pid" | "pidStart" | "mark">;

/** A host ends with its agent; one that does not is killed, and its agent after it. */
async function endHostOf(exited: Promise<unknown>, kill: () => unknown, agent: AgentOf): Promise<void> {
  if (!(await settlesWithin(exited, HOST_EXIT_MS))) kill();
  await exited;
  await endAgentOf(agent);
}

async function endAgentOf({ pid, pidStart, mark }: AgentOf): Promise<void> {
  if (pidStart !== undefined) await endLeftover({ pid, pidStart });
  if (mark !== undefined) await killMarked(mark);
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended between the look and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function ignoreOffline(error: unknown): null {
  if (isAppError(error, "E_OFFLINE")) return null;
  throw error;
}

function notStarted(dir: string, cause?: unknown): AppError {
  let text = "";
  try {
    text = readFileSync(join(dir, HOST_LOG), "utf8").slice(-2_000);
  } catch {
    // It wrote nothing: then there is nothing to show.
  }
  return new AppError("E_AGENT", { reason: "host-not-started", text }, { cause });
}

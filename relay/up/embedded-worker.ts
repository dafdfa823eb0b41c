// The Worker that runs on this machine: built, started, claimed, kept up. It is a process of its own; the relay dials it
// like any other Worker.
import { AppError, claimHashOf, randomBytes, toB64, fromB64, isAppError } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { kelpie } from "../command-name.ts";
import { failpoint } from "../failpoint.ts";
import { ensureBuilt, type BuildPart } from "../embedded/build.ts";
import { EmbeddedError, startEmbedded, type Embedded } from "../embedded/start.ts";
import type { Api } from "../link/api.ts";
import type { Note } from "../log-file.ts";
import { readSettings, writeSettings, type EmbeddedSettings } from "../state/settings.ts";
import type { StateFolder } from "../state/state-folder.ts";
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** A Worker process that ended by itself is started again after this. */
const RESTART_MS = 1_000;
const LOOPBACK = "127.0.0.1";

/** What `up` was told about the Worker. */
export interface WorkerOptions {
  readonly state: StateFolder;
  readonly port?: number;
  readonly host?: string;
  readonly origin?: string;
  /** True once a device is paired: its keys belong to the origin, so the port may not move by itself. */
  readonly hasDevices: boolean;
  readonly clock: Clock;
  readonly note: Note;
  /** One line for the person, while something takes longer. */
  readonly tell: (line: string) => void;
}

/** A running embedded Worker. */
export interface RunningWorker {
  /** Where the relay dials. */
  readonly url: string;
  /** Where devices open the app. */
  readonly appOrigin: string;
  /** Pairing needs digits: somebody may stand between the two ends. */
  readonly digits: boolean;
  readonly pid: number;
  /** Claims it for this machine, the first time. */
  claim(api: Api): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Builds and starts. E_BUSY when the port is taken and may not change; E_INTERNAL with the process's words otherwise. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { state, tell, note } = options;
  requireUsable(options);
  const settings = await embeddedSettings(state, options);
  const labels: Record<BuildPart, string> = { worker: "Building the Worker …", web: "Building the web app …" };
  const build = await ensureBuilt(["worker", "web"], (part) => tell(labels[part]));
  const workerScript = await readFile(build.workerFile, "utf8");
  // A copy of its own: a later build (npm test, a newer checkout) must not pull the app from under a running Worker.
  const assetsDir = join(state.worker, "assets");
  await rm(assetsDir, { recursive: true, force: true });
  await cp(build.assetsDir, assetsDir, { recursive: true });
  const host = options.host ?? LOOPBACK;
  const launch = (port: number, claimHash: string): Promise<Embedded> =>
    startEmbedded({
      dataDir: state.worker,
      host,
      port,
      appOrigin: settings.origin,
      tokenKey: settings.tokenKey,
      claimHash,
      assetsDir,
      workerScript,
      onLog: (line) => note("worker-log", { line: line.slice(0, 500) }),
    });
  const first = await firstLaunch(launch, settings, options);
  remember(state, { ...settings, port: first.port });
  return keepUp(first, launch, options, settings);
}

/** Every address at once is a place to listen and none to go to: E_SCHEMA without an origin in front. */
export function requireUsable({ host, origin }: Pick<WorkerOptions, "host" | "origin">): void {
  if (origin !== undefined || host === undefined || !/^(0\.0\.0\.0|\[?::\]?|\*)$/.test(host)) return;
  throw new AppError("E_SCHEMA", {
    reason: `no browser can open ${host}`,
    next: "--host with this machine's own address, or --origin with the address in front",
  });
}

/** What the folder remembers, or fresh secrets. E_POLICY for a folder that belongs to a Worker elsewhere. */
export async function embeddedSettings(
  state: Pick<StateFolder, "settings">,
  { port, origin }: Pick<WorkerOptions, "port" | "origin">,
): Promise<EmbeddedSettings> {
  const { worker } = readSettings(state.settings);
  if (worker?.mode === "remote") {
    throw new AppError("E_POLICY", {
      reason: `this state folder belongs to the Worker at ${worker.origin}`,
      next: `${kelpie(`connect ${worker.origin}`)}, or another folder for the embedded one: KELPIE_HOME=~/.kelpie-local`,
    });
  }
  const kept = worker ?? (await freshSettings());
  return { ...kept, port: port ?? kept.port, origin: origin ?? null };
}

async function freshSettings(): Promise<EmbeddedSettings> {
  const token = randomBytes(32);
  return {
    mode: "embedded",
    port: 0,
    origin: null,
    tokenKey: toB64(randomBytes(32)),
    claimToken: toB64(token),
    claimHash: await claimHashOf(token),
  };
}

function remember(state: StateFolder, worker: EmbeddedSettings): void {
  writeSettings(state.settings, { ...readSettings(state.settings), worker });
}

type Launch = (port: number, claimHash: string) => Promise<Embedded>;

async function firstLaunch(launch: Launch, settings: EmbeddedSettings, options: WorkerOptions): Promise<Embedded> {
  try {
    return await launch(settings.port, settings.claimHash);
  } catch (error) {
    if (!(error instanceof EmbeddedError)) throw error;
    const mayMove = error.failure.code === "EADDRINUSE" && !options.hasDevices && options.port === undefined;
    if (!mayMove) throw refusalOf(error, settings.port);
    options.tell(`Port ${settings.port} is taken${holderWords(error)}; taking the next free one.`);
    return launch(0, settings.claimHash);
  }
}

function holderWords(error: EmbeddedError): string {
  return error.failure.holder === undefined ? "" : ` by ${error.failure.holder}`;
}

function refusalOf(error: EmbeddedError, port: number): AppError {
  if (error.failure.code === "EADDRINUSE") {
    return new AppError("E_BUSY", {
      reason: `port ${port} is taken${holderWords(error)}`,
      next: "end that program, or choose another port with --port (paired devices must then pair again)",
    });
  }
  return new AppError(
    "E_INTERNAL",
    { reason: "the embedded Worker does not start", text: error.message },
    { cause: error },
  );
}

function keepUp(first: Embedded, launch: Launch, options: WorkerOptions, settings: EmbeddedSettings): RunningWorker {
  const supervisor = new Supervisor(first, (claimHash) => launch(first.port, claimHash), settings.claimHash, options);
  return {
    url: first.url,
    appOrigin: first.appOrigin,
    digits: asksDigits(options),
    pid: first.pid,
    stop: () => supervisor.stop(),
    claim: async (api) => {
      const { worker } = readSettings(options.state.settings);
      const isClaimed = worker?.mode === "embedded" && worker.claimToken === null;
      if (isClaimed && (await isKnown(api))) return;
      if (isClaimed) {
        // The Worker's data was moved away: claim it anew, as the owner of this state folder may.
        const { claimToken, claimHash } = await freshSettings();
        remember(options.state, { ...settings, port: first.port, claimToken, claimHash });
        await supervisor.relaunch(claimHash);
      }
      await claimNow(options.state, api);
    },
  };
}

/** Keeps one Worker process running until it is told to stop. */
class Supervisor {
  readonly #launch: (claimHash: string) => Promise<Embedded>;
  readonly #options: WorkerOptions;
  #claimHash: string;
  #current: Embedded;
  #isStopped = false;

  constructor(
    first: Embedded,
    launch: (claimHash: string) => Promise<Embedded>,
    claimHash: string,
    options: WorkerOptions,
  ) {
    this.#launch = launch;
    this.#options = options;
    this.#claimHash = claimHash;
    this.#current = first;
    this.#watch(first);
  }

  async relaunch(claimHash: string): Promise<void> {
    const old = this.#current;
    this.#isStopped = true; // its end is wanted
    await old.stop();
    this.#isStopped = false;
    this.#claimHash = claimHash;
    this.#current = await this.#launch(claimHash);
    this.#watch(this.#current);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#current.stop();
  }

  #watch(embedded: Embedded): void {
    const { note, clock } = this.#options;
    void embedded.exited.then((exit) => {
      if (this.#isStopped || embedded !== this.#current) return;
      note("worker-ended", { ...exit });
      clock.setTimer(() => this.#restart(embedded), RESTART_MS);
    });
  }

  #restart(ended: Embedded): void {
    if (this.#isStopped || ended !== this.#current) return;
    this.#launch(this.#claimHash).then(
      (embedded) => {
        this.#current = embedded;
        if (this.#isStopped) void embedded.stop();
        else this.#watch(embedded);
      },
      (error: unknown) => {
        this.#options.note("worker-not-started", { reason: String(error) });
        this.#options.clock.setTimer(() => this.#restart(ended), RESTART_MS);
      },
    );
  }
}

async function isKnown(api: Api): Promise<boolean> {
  try {
    await api.token();
    return true;
  } catch (error) {
    if (isAppError(error, "E_GRANT") || isAppError(error, "E_AUTH") || isAppError(error, "E_UNCLAIMED")) return false;
    throw error;
  }
}

async function claimNow(state: StateFolder, api: Api): Promise<void> {
  const { worker } = readSettings(state.settings);
  const token = worker?.mode === "embedded" && worker.claimToken !== null ? fromB64(worker.claimToken) : null;
  if (worker?.mode !== "embedded" || token === null) throw new Error("no claim token");
  try {
    await api.claim(token);
  } catch (error) {
    // Killed between the claim and the line below: it is ours already.
    if (!isAppError(error, "E_CLAIMED") || !(await isKnown(api))) throw error;
  }
  failpoint("up.claimed");
  remember(state, { ...worker, claimToken: null });
}

/**
 * Whether pairing asks for digits: only where the Worker listens on loopback, and nothing stands in front, is there
 * nobody between the two ends (protocol 5). What it was told decides, not the address it dials itself: that one is
 * loopback also when the Worker listens everywhere.
 */
export function asksDigits({ host = LOOPBACK, origin }: Pick<WorkerOptions, "host" | "origin">): boolean {
  return origin !== undefined || !["127.0.0.1", "localhost", "::1", "[::1]"].includes(host.toLowerCase());
}

// The real Worker on miniflare, real relays on folders of their own, real devices: everything that keys travel through, in
// one process. Folders are copied, put back and rolled back here as a person or a backup would.
import { chmodSync, cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fromB64, type RootId, type SessionId } from "../../../schema/index.ts";
import { createDevice, type Device, type DeviceParts } from "../../../web/test/device.ts";
import { startWorker, type TestWorker } from "../../../worker/test/harness.ts";
import { runProgram } from "../../cli/program.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { serveControl } from "../../control/control-server.ts";
import { deskMethods } from "../../desk/desk-methods.ts";
import { systemClock, type Clock } from "../../clock.ts";
import { Api } from "../../link/api.ts";
import { makeProject } from "../../house/product.ts";
import { openCore, startRelay, type Relay } from "../../relay.ts";
import { openStateFolder } from "../../state/state-folder.ts";

/** One relay at work on one folder. */
export interface RelayAtWork {
  readonly relay: Relay;
  readonly notes: readonly string[];
  /** One command line at the machine: its exit code and what it said. */
  cli(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }>;
  stop(): Promise<void>;
}

/** What a relay is started with, where a test does not want the ordinary. */
export interface RelayChoice {
  /** Name of its state folder in the world. */
  readonly folder?: string;
  readonly clock?: Clock;
}

/** One Worker and all around it. `stop` ends everything and removes the folders. */
export class KeyWorld {
  readonly worker: TestWorker;
  readonly home: string;
  readonly #relays = new Set<RelayAtWork>();
  readonly #devices = new Set<Device>();
  /** Every record that was ever seen at the Worker, by session and seq. */
  readonly #seen = new Map<string, string>();
  #isClaimed = false;

  private constructor(worker: TestWorker, home: string) {
    this.worker = worker;
    this.home = home;
  }

  static async open(): Promise<KeyWorld> {
    const home = mkdtempSync(join(tmpdir(), "kelpie-keys-"));
    return new KeyWorld(await startWorker(), home);
  }

  stateDir(folder = "state"): string {
    return join(this.home, folder);
  }

  /** Starts a relay; it dials at once. */
  async relay({ folder = "state", clock = systemClock }: RelayChoice = {}): Promise<RelayAtWork> {
    const { uid } = userInfo();
    const state = openStateFolder({ dir: this.stateDir(folder), runtimeDir: this.home, uid });
    const notes: string[] = [];
    const defects: unknown[] = [];
    const note = (event: string): void => void notes.push(event);
    const core = await openCore({ state, clock, logFile: { note, defect: (error) => void defects.push(error) }, uid });
    const api = new Api(this.worker.url, core.identity);
    if (!this.#isClaimed) await api.claim(fromB64(this.worker.claimToken) ?? new Uint8Array(0));
    this.#isClaimed = true;
    const relay = await startRelay(core, {
      ...{ api, origin: this.worker.url, digits: false, machineName: "studio", projectFolders: [] },
      ...{ env: { PATH: process.env["PATH"] }, loginPath: Promise.resolve(undefined), home: this.home },
      ...{ execPath: process.execPath, demoPaceMs: 0 },
    });
    const { identity, log, documents, trust } = core;
    const control = await serveControl(
      state.socket,
      deskMethods({
        ...{ identity, log, documents, devices: trust, epochs: trust.epochs },
        ...{ pairing: relay.pairing, commands: relay.commands, linkState: () => relay.link.state() },
        ...{
          appOrigin: this.worker.url,
          digits: false,
          home: this.home,
          now: () => clock.now(),
          enrolTicket: () => api.enrolTicket(),
        },
      }),
      (error) => void defects.push(error),
    );
    const stop = async (): Promise<void> => {
      this.#relays.delete(atWork);
      await control.close();
      await relay.stop();
      if (defects.length > 0) throw new AggregateError(defects, "the relay met defects");
    };
    const cli = (...args: readonly string[]) => runCli(args, { dir: state.dir, runtimeDir: this.home, uid });
    const atWork = { relay, notes, cli, stop };
    this.#relays.add(atWork);
    return atWork;
  }

  /** A device; paired when `by` is given. */
  async device(by: RelayAtWork | null, parts: Partial<DeviceParts> = {}, name = "phone"): Promise<Device> {
    const device = await createDevice({ origin: this.worker.url, ...parts });
    this.#devices.add(device);
    if (by === null) return device;
    await this.online(by);
    const { secret } = await by.relay.pairing.invite({ scope: "admin", shell: false });
    const link = `${this.worker.url}/pair#1.${Buffer.from(secret).toString("base64url")}.${by.relay.core.identity.machine}`;
    await device.pair(link, name);
    await device.waitFor(() => device.view().live === "live" && device.view().outbox.length === 0);
    return device;
  }

  async online({ relay }: RelayAtWork): Promise<void> {
    await until("the relay is online", () => relay.link.state().status === "online");
  }

  /** A session of the demo agent, idle; one agent writes in a project at a time. */
  async session(at: RelayAtWork, device: Device, project = "project"): Promise<SessionId> {
    const path = join(this.home, project);
    makeProject(path);
    const { root } = await at.relay.commands.desk("project.add", { path });
    return startSession(device, root);
  }

  /** Copies a state folder while nobody uses it. */
  copy(from: string, to: string): void {
    // Made beside the old one: a file system may give the inode of a folder that is gone to the next.
    const fresh = this.stateDir(`${to}.new`);
    cpSync(this.stateDir(from), fresh, { recursive: true, preserveTimestamps: true });
    rmSync(this.stateDir(to), { recursive: true, force: true });
    renameSync(fresh, this.stateDir(to));
    chmodSync(this.stateDir(to), 0o700);
  }

  /** Sets only the database back; the folder stays the same one. */
  copyDatabase(from: string, to: string): void {
    for (const name of readdirSync(this.stateDir(to)).filter((each) => each.startsWith("relay.db")))
      rmSync(join(this.stateDir(to), name));
    cpSync(join(this.stateDir(from), "relay.db"), join(this.stateDir(to), "relay.db"));
  }

  /**
   * Everything the Worker stores of records, checked against all it ever stored: throws when a (session, seq) has had two
   * contents. Answers how many there are.
   */
  records(): number {
    const folder = join(this.worker.folder, "do", "kelpie-Hub");
    let count = 0;
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
      const db = new DatabaseSync(join(folder, name), { readOnly: true });
      for (const { s, q, frame } of db.prepare("SELECT s, q, frame FROM rec").all()) {
        if (!(frame instanceof Uint8Array)) throw new TypeError("no frame");
        const [key, text] = [`${String(s)}/${String(q)}`, Buffer.from(frame).toString("base64")];
        if ((this.#seen.get(key) ?? text) !== text) throw new Error(`two contents for ${key}`);
        this.#seen.set(key, text);
        count += 1;
      }
      db.close();
    }
    return count;
  }

  /** Keeps a copy of everything the Worker stores, its registry too, as of now. */
  async keepWorker(name: string): Promise<void> {
    await this.worker.miniflare.dispose();
    cpSync(this.worker.folder, join(this.home, name), { recursive: true });
    await this.worker.start();
  }

  /** Sets everything the Worker stores back to a copy. */
  async rollBackWorker(name: string): Promise<void> {
    await this.worker.miniflare.dispose();
    rmSync(this.worker.folder, { recursive: true, force: true });
    cpSync(join(this.home, name), this.worker.folder, { recursive: true });
    await this.worker.start();
  }

  async stop(): Promise<void> {
    for (const device of this.#devices) device.stop();
    for (const each of [...this.#relays]) await each.stop();
    await this.worker.stop();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runCli(args: readonly string[], place: Terminal["place"]) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const terminal: Terminal = {
    ...{ out: say, err: say, ask: () => Promise.resolve(null), isInteractive: false, cwd: place.dir, env: {} },
    ...{ home: place.runtimeDir, pid: 1, nodeVersion: "0", now: () => systemClock.now(), place },
    ended: new AbortController().signal,
  };
  const code = await runProgram(args, { terminal, up: () => Promise.resolve() });
  return { code, said: said.join("\n") };
}

async function startSession(device: Device, root: RootId): Promise<SessionId> {
  const { machine } = device;
  const accepted = await device.calls.startSession({ machine, root, agent: "demo", title: "Proof" });
  if (!accepted.ok) throw new Error(`not started: ${accepted.refusal.code}`);
  const outcome = await device.calls.started(accepted.command);
  if (!outcome.ok) throw new Error(`not started: ${JSON.stringify(outcome.refusal)}`);
  const session = outcome.data.s;
  await device.waitFor(() => device.view().sessions.some((row) => row.session === session && row.state === "idle"));
  await device.watch(session);
  return session;
}

/** Looks until it holds; rejects naming `what` otherwise. For facts that tell nobody when they change. */
export async function until(what: string, holds: () => boolean, withinMs = 20_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${withinMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

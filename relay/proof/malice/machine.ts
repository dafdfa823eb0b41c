// A real relay behind the malicious Worker: its own state folder, its own clock, one agent whose effects are lines of a
// file, and a counter of its own defects. Everything of it can be restarted.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import {
  fromB64,
  HEAD_DOC,
  headDoc,
  pairUrl,
  type AnyFrame,
  type DeviceId,
  type MachineId,
  type RootId,
  type Scope,
  type SessionId,
} from "../../../schema/index.ts";
import { Api } from "../../link/api.ts";
import { openCore, startRelay, type Relay } from "../../relay.ts";
import { openStateFolder, type StateFolder } from "../../state/state-folder.ts";
import type { MaliciousWorker } from "./malicious-worker.ts";
import { MachineClock } from "./machine-clock.ts";

/** Name of the agent whose effects are counted. */
export const EFFECTS = "effects";

/** Without what changes by itself: when a device was last heard, and what an agent that ended left of its session. */
const STANDING = [
  "SELECT d, name, scope, shell, state, g FROM dev ORDER BY d",
  "SELECT e FROM epoch ORDER BY e",
  "SELECT s, created FROM sess ORDER BY s",
  "SELECT s, ref, blocks, turn FROM prompt ORDER BY n",
  "SELECT wid, by, answer FROM wait ORDER BY wid",
  "SELECT root, path, trusted_digest, removed FROM root ORDER BY root",
];

/** What a test may choose. */
export interface MachineOptions {
  readonly name?: string;
  /** Pairing asks for the six digits, as with every Worker that is not the machine's own. */
  readonly digits?: boolean;
}

export class Machine {
  readonly folder: string;
  readonly state: StateFolder;
  readonly clock = new MachineClock();
  /** Events of its log, and what it called a defect. */
  readonly notes: string[] = [];
  readonly defects: unknown[] = [];
  readonly #worker: MaliciousWorker;
  readonly #options: MachineOptions;
  readonly #effectsFile: string;
  #relay: Relay | null = null;
  #projects = 0;

  private constructor(worker: MaliciousWorker, options: MachineOptions) {
    this.#worker = worker;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), "kelpie-m-"));
    this.#effectsFile = join(this.folder, "effects");
    const { uid } = userInfo();
    this.state = openStateFolder({ dir: join(this.folder, "state"), runtimeDir: this.folder, uid });
    const args = [join(import.meta.dirname, "effects-agent.ts"), this.#effectsFile];
    const policy = { agents: [EFFECTS], commands: [{ id: EFFECTS, command: process.execPath, args }] };
    writeFileSync(join(this.state.dir, "policy.json"), JSON.stringify(policy), { mode: 0o600 });
  }

  /** Claims the Worker, or joins it with a ticket of `sponsor`; online when it resolves. */
  static async start(worker: MaliciousWorker, sponsor: Machine | null, options: MachineOptions = {}): Promise<Machine> {
    const machine = new Machine(worker, options);
    await machine.#open(async (api) => {
      if (sponsor === null) await api.claim(fromB64(worker.real.claimToken) ?? new Uint8Array(0));
      else await api.enrol(await sponsor.#api().enrolTicket());
    });
    return machine;
  }

  get relay(): Relay {
    if (this.#relay === null) throw new Error("not running");
    return this.#relay;
  }

  get id(): MachineId {
    return this.relay.core.identity.machine;
  }

  #api(): Api {
    return new Api(this.#worker.origin, this.relay.core.identity);
  }

  async #open(join: (api: Api) => Promise<void>): Promise<void> {
    const { state, clock } = this;
    const note = (event: string, facts: object = {}): void => {
      this.notes.push(`${event} ${JSON.stringify(facts)}`);
    };
    const logFile = { note, defect: (error: unknown): void => void this.defects.push(error) };
    const core = await openCore({ state, clock, logFile, uid: userInfo().uid });
    const api = new Api(this.#worker.origin, core.identity);
    await join(api);
    this.#relay = await startRelay(core, {
      ...{ api, origin: this.#worker.origin, digits: this.#options.digits ?? false },
      ...{ machineName: this.#options.name ?? "machine", projectFolders: [], home: this.folder },
      ...{ env: { PATH: process.env["PATH"] }, loginPath: Promise.resolve(undefined), execPath: process.execPath },
    });
    await this.online();
  }

  /** Resolves when the hub has told the heads; waits for a retry are skipped. */
  async online(): Promise<void> {
    const { link } = this.relay;
    while (link.state().status !== "online") {
      await new Promise<void>((resolve) => {
        const unsubscribe = link.onState(() => {
          unsubscribe();
          resolve();
        });
        if (link.state().status === "waiting") this.clock.skip(30_000);
      });
    }
  }

  /** Its connection breaks, and it is back on a new one. */
  async reconnect(): Promise<void> {
    const { link } = this.relay;
    if (link.state().status === "online") {
      const lost = new Promise<void>((resolve) => {
        const unsubscribe = link.onState(() => {
          unsubscribe();
          resolve();
        });
      });
      this.#worker.lineOf(this.id).break();
      await lost;
    }
    await this.online();
  }

  /** The process ends and starts again on the same folder; `clockOffMs` is how wrong its wall clock is from then on. */
  async restart(clockOffMs = 0): Promise<void> {
    await this.relay.stop();
    this.clock.setOff(clockOffMs);
    await this.#open(() => Promise.resolve());
  }

  /** A link that pairs one device, within five minutes. */
  async link(scope: Scope = "admin"): Promise<string> {
    const { secret } = await this.relay.pairing.invite({ scope, shell: false });
    return pairUrl(this.#worker.origin, { secret, machine: this.id });
  }

  /** A registered project nobody works in. */
  async newRoot(): Promise<RootId> {
    const path = join(this.folder, `project-${this.#projects++}`);
    mkdirSync(path);
    execFileSync("git", ["init", "-q", path]);
    const { root } = await this.relay.commands.desk("project.add", { path });
    return root;
  }

  /** What the agents did, in order: the one thing no replay may add to. */
  effects(): readonly string[] {
    if (!existsSync(this.#effectsFile)) return [];
    return readFileSync(this.#effectsFile, "utf8").trim().split("\n");
  }

  /** All that a command could have changed here, from the database: devices, epochs, sessions, prompts, waits, projects. */
  standing(): string {
    return JSON.stringify(STANDING.map((query) => this.relay.core.db.all(query)));
  }

  /** No turn of the session is under way, by the machine's own document of it. */
  isIdle(session: SessionId): boolean {
    return headDoc.safeParse(this.relay.core.documents.get(session, HEAD_DOC)).data?.state === "idle";
  }

  /** How many turns of the session are over, by the row that is committed with a turn's last record. */
  turnsOver(session: SessionId): number {
    const row = this.relay.core.db.get(
      "SELECT json_extract(data, '$.turn') - coalesce(json_extract(data, '$.isTurnOpen'), 0) AS n FROM sess WHERE s = ?",
      session,
    );
    return Number(row?.["n"]);
  }

  /** Resolves when no accepted command is under way. */
  async done(): Promise<void> {
    while (this.relay.core.db.get("SELECT 1 FROM cmd WHERE state IN ('accepted', 'running')") !== undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  stateOf(d: DeviceId): string | null {
    return this.relay.core.trust.get(d)?.state ?? null;
  }

  /** Hands frames to the relay's own pipeline and waits for all that they set going: what no socket can tell. */
  async receive(frames: readonly AnyFrame["bytes"][]): Promise<void> {
    for (const frame of frames) await this.relay.commands.receive(frame);
    await this.done();
  }

  async stop(): Promise<void> {
    await this.#relay?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// A workbench on a real database, log and document store, in folders of its own; stopping it abruptly is abandoning it.
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type ArgsOf,
  type CommandRef,
  type DataOf,
  type DeviceId,
  exportPublic,
  generateSigningPair,
  headDoc,
  type HeadDoc,
  idFromBytes,
  type Item,
  knownItemOf,
  machineIdOf,
  MACHINE_SESSION,
  type OperationName,
  type RootId,
  type SessionId,
} from "../../../schema/index.ts";
import { createCatalog } from "../../agents/catalog.ts";
import type { AgentDriver } from "../../agents/driver.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { openDatabase } from "../../journal/database.ts";
import { Documents } from "../../journal/documents.ts";
import { type Log, openSessionLog } from "../../journal/session-log.ts";
import { FixedEpochs } from "../../journal/test/fixed-epochs.ts";
import { stateFolder } from "../../journal/test/state-folder.ts";
import { readItems } from "../../desk/session-reader.ts";
import type { Epochs } from "../../trust/ports.ts";
import { createWorkbench, type Workbench } from "../../workbench.ts";
import { childEnv } from "../child-env.ts";
import { parseWorkPolicy, type WorkPolicy } from "../work-policy.ts";
import { MortalClock } from "./mortal-clock.ts";
import { MortalDatabase } from "./mortal-database.ts";
import { ScriptDriver, type ScriptProcess } from "./script-agent.ts";
import { eventually } from "./eventually.ts";

export const DEVICE = idFromBytes<DeviceId>(new Uint8Array(16).fill(7));

export interface BenchOptions {
  readonly clock?: Clock;
  readonly policy?: WorkPolicy;
  readonly diskFreeBytes?: number;
  /** This boot is killed right after so many commits. */
  readonly dieAfter?: number;
}

interface Boot {
  readonly clock: MortalClock;
  readonly db: MortalDatabase;
  readonly log: Log;
  readonly docs: Documents;
  readonly epochs: Epochs;
  readonly bench: Workbench;
}

export type BenchOp = keyof Workbench["handlers"];

/** One boot after another on the same state folder. */
export class Bench {
  readonly folder = stateFolder();
  readonly projectPath: string;
  readonly script = new ScriptDriver();
  /** Further drivers, by name. */
  readonly others = new Map<string, AgentDriver>();
  readonly reports: unknown[] = [];
  readonly #keys = generateSigningPair(false);
  #options: BenchOptions = {};
  #boot: Boot | undefined;
  #ctr = 0;

  constructor() {
    const path = join(this.folder, "repo");
    mkdirSync(path);
    this.projectPath = realpathSync(path);
    onTestFinished(() => this.stop());
  }

  get db(): MortalDatabase {
    return this.#now.db;
  }

  get log(): Log {
    return this.#now.log;
  }

  get docs(): Documents {
    return this.#now.docs;
  }

  get bench(): Workbench {
    return this.#now.bench;
  }

  /** Opens the state folder; with `admit` as if the Worker had been heard at once. */
  async boot(options: BenchOptions = this.#options): Promise<this> {
    this.#options = options;
    const clock = new MortalClock(options.clock ?? systemClock);
    const { privateKey: ri, publicKey } = await this.#keys;
    const machine = await machineIdOf(await exportPublic(publicKey));
    const db = new MortalDatabase(openDatabase(this.folder));
    if (options.dieAfter !== undefined) db.dieAfter(options.dieAfter);
    const epochs = new FixedEpochs(machine);
    const parts = { db, clock, identity: { machine, ri }, epochs };
    const log = await openSessionLog(parts);
    const docs = new Documents(parts);
    const catalog = createCatalog({
      env: {},
      home: this.folder,
      now: () => clock.now(),
      execPath: process.execPath,
      demoPaceMs: 1,
    });
    const { script, others } = this;
    const bench = createWorkbench({
      ...{ db, docs, clock, home: this.folder, stateFolder: this.folder, env: childEnv({ env: process.env }) },
      log,
      catalog: {
        ids: ["script", "demo", ...others.keys()],
        driver: async (id) => (id === "script" ? script : (others.get(id) ?? catalog.driver(id))),
      },
      policy: () => options.policy ?? parseWorkPolicy(null),
      diskFreeBytes: async () => options.diskFreeBytes ?? Number.MAX_SAFE_INTEGER,
      report: (error) => this.reports.push(error),
    });
    this.#boot = { clock, db, log, docs, bench, epochs };
    await bench.start();
    return this;
  }

  /** The Worker was heard: sessions of earlier boots go on. */
  admitAll(): void {
    for (const s of this.log.held()) this.log.admit(s);
  }

  /** kill -9 of the relay: nothing is closed, nothing more is written. */
  kill(): void {
    this.#boot?.clock.die();
    this.#boot?.db.close();
    this.#boot = undefined;
  }

  stop(): Promise<void> {
    return this.#end((bench) => bench.close());
  }

  /** As stop, but agents that can be found again stay. */
  leave(): Promise<void> {
    return this.#end((bench) => bench.leave());
  }

  async #end(agents: (bench: Workbench) => Promise<void>): Promise<void> {
    const boot = this.#boot;
    this.#boot = undefined;
    if (boot === undefined) return;
    await agents(boot.bench);
    await boot.log.flush();
    boot.clock.die();
    boot.db.close();
  }

  /** Runs an operation as a device, under a name of its own. */
  run<N extends BenchOp & OperationName>(op: N, args: ArgsOf<N>, ref: CommandRef = this.nextRef()): Promise<DataOf<N>> {
    const handler = this.bench.handlers[op];
    return handler(args, { by: DEVICE, ref, scope: "admin", shell: false });
  }

  nextRef(): CommandRef {
    this.#ctr++;
    return [DEVICE, 1, this.#ctr];
  }

  async project(): Promise<RootId> {
    const { root } = await this.bench.projects.add(this.projectPath, undefined, "desk");
    return root;
  }

  /** A session of the scripted agent, up and idle; with `prompt` in its first turn. */
  async started(prompt?: string): Promise<{ s: SessionId; agent: ScriptProcess }> {
    const count = this.script.processes.length;
    const blocks = prompt === undefined ? {} : { blocks: [{ type: "text", text: prompt }] };
    const { s } = await this.run("session.start", { root: await this.project(), agent: "script", ...blocks });
    const agent = await eventually(() => this.agent(count));
    await this.status(s, prompt === undefined ? "idle" : "running");
    if (prompt !== undefined) {
      await eventually(() => {
        if (agent.prompts.length === 0) throw new Error("the agent was given no prompt");
      });
    }
    return { s, agent };
  }

  agent(index: number): ScriptProcess {
    const found = this.script.processes[index];
    if (found === undefined) throw new Error("the agent was not started");
    return found;
  }

  head(s: SessionId): HeadDoc {
    return headDoc.parse(this.docs.get(s, "head"));
  }

  document(name: string): unknown {
    return this.docs.get(MACHINE_SESSION, name);
  }

  /** Waits until the session's head says so. */
  async status(s: SessionId, state: HeadDoc["state"]): Promise<HeadDoc> {
    return eventually(() => {
      const head = this.head(s);
      if (head.state !== state)
        throw new Error(`the session is ${head.state}, not ${state}; reported: ${this.reports.join("; ")}`);
      return head;
    });
  }

  /** Kinds of the committed items, states with their word. */
  async kinds(s: SessionId): Promise<string[]> {
    return (await this.items(s)).map((item) => (item.k === "state" ? `state ${item.s}` : item.k));
  }

  /** What the log has committed. */
  async items(s: SessionId): Promise<Item[]> {
    const { log, epochs } = this.#now;
    await log.flush();
    const items: Item[] = [];
    for await (const { item } of readItems({ log, epochs }, s, 1, null)) {
      const known = knownItemOf(item);
      if (known === null) throw new Error(`an item of an unknown shape: ${JSON.stringify(item)}`);
      items.push(known);
    }
    return items;
  }

  get #now(): Boot {
    if (this.#boot === undefined) throw new Error("the bench is not running");
    return this.#boot;
  }
}

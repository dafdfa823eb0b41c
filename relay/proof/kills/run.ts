// A run of kills: lives with a fault each, and after every few of them a clean start that must settle, after which
// everything is dead and every database is read.
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAILPOINTS } from "../../failpoint.ts";
import { commandOf, familyOf, isAlive } from "../../house/processes.ts";
import { Product, until } from "../../house/product.ts";
import { Dice } from "./dice.ts";
import { Disk } from "./disk.ts";
import { readHub } from "./hub-view.ts";
import {
  commandsEnd,
  keptOf,
  linesWhole,
  logsAgree,
  nobodyUnowned,
  nothingLeft,
  nothingLost,
  nothingTwice,
  promptsOnce,
  survivorsGoOn,
  type Kept,
  type Moment,
} from "./invariants.ts";
import { readJournal, type JournalView } from "./journal-view.ts";
import { Ledger } from "./ledger.ts";
import { allDown, Life, notesOf, type LifeEnd } from "./life.ts";
import { Phone } from "./phone.ts";
import { planOf, wordsOf, type Fault } from "./plan.ts";
import type { Report } from "./report.ts";
import { settle } from "./settle.ts";
import { Workload } from "./workload.ts";

/** Milliseconds between the demo agent's lines: a stream lasts about as long as a life. */
const PACE_MS = 12;
/** What the relay asked of a program in its last moment may end a little later. */
const ORPHAN_MS = 3_000;

/** What a run is given. */
export interface RunOptions {
  readonly seed: number;
  readonly count: number;
  /** Faults of this kind alone. */
  readonly only?: Fault["kind"];
  /** The state folder is copied here when something is found. */
  readonly keepAt?: string;
  /** Lives between two looks at everything. */
  readonly batch: number;
  /** No further lives are begun after this, milliseconds. */
  readonly maxMs: number;
  readonly say: (line: string) => void;
}

/** Runs it; nothing is left behind. Throws what is no breach but a defect of the run or a start that failed. */
export async function runKills(options: RunOptions): Promise<Report> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "kelpie-kills-")));
  const disk = Disk.mounted(join(home, "state"));
  const env: Record<string, string> = { KELPIE_FAILPOINT_NOTES: join(home, "notes") };
  const product = new Product(home, { home, demoPaceMs: PACE_MS, env });
  const run = new KillRun({ ...options, home, disk, env, product });
  try {
    return await run.all();
  } finally {
    await run.close();
    await product.stop();
    for (const pid of product.processes()) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    disk?.unmount();
    await product.dispose();
    rmSync(home, { recursive: true, force: true });
  }
}

interface KillRunParts extends RunOptions {
  readonly home: string;
  readonly disk: Disk | null;
  readonly env: Record<string, string>;
  readonly product: Product;
}

class KillRun {
  readonly #parts: KillRunParts;
  readonly #dice: Dice;
  readonly #ledger = new Ledger();
  readonly #breaches: string[] = [];
  readonly #kills: { fault: string; name: string; hit: boolean }[] = [];
  readonly #startedAt = performance.now();
  #phone: Phone | null = null;
  #workload: Workload | null = null;
  #kept: readonly Kept[] = [];
  #isHostSpared = true;
  #killed = 0;
  #atRest = 0;

  constructor(parts: KillRunParts) {
    this.#parts = parts;
    this.#dice = new Dice(parts.seed + 1);
  }

  async all(): Promise<Report> {
    const { seed, count, batch, maxMs, only } = this.#parts;
    await this.#first();
    const faults = planOf(seed, count, only);
    for (let at = 0; at < faults.length && performance.now() - this.#startedAt < maxMs; at += batch) {
      for (const fault of faults.slice(at, at + batch)) await this.#live(fault);
      await this.#judge();
    }
    await this.#end();
    return this.#report();
  }

  async close(): Promise<void> {
    await this.#phone?.close();
  }

  /** The first start dies between the claim and the note of it; the second one pairs. */
  async #first(): Promise<void> {
    const { product, env } = this.#parts;
    await this.#live({ kind: "point", at: { name: "up.claimed", nth: 1 } });
    delete env["KELPIE_FAILPOINT"];
    await product.restart();
    this.#phone = await Phone.paired(product.url, product.pair);
    this.#workload = new Workload(product, this.#phone, this.#dice);
    await this.#judge();
  }

  /** A clean start finds what still runs, and a clean stop ends all of it. */
  async #end(): Promise<void> {
    const { product } = this.#parts;
    await product.restart();
    await product.stop();
    await until("no process", () => this.#alive().size === 0, ORPHAN_MS).catch(() => undefined);
    this.#hold(
      "stopped",
      [...this.#alive()].map((pid) => `still there: ${commandOf(pid)}`),
    );
  }

  async #live(fault: Fault): Promise<void> {
    const { product, env, disk, home, say } = this.#parts;
    const phone = this.#phone;
    if (phone !== null && this.#dice.chance(0.2)) await phone.die();
    const work = async (met: Fault): Promise<void> => this.#workload?.ask("at" in met ? met.at.name : null);
    const parts = { product, env, disk, notesFile: join(home, "notes"), phone: () => this.#phone, work };
    const startedAt = performance.now();
    const end = await new Life(parts, fault).run();
    this.#count(fault, end);
    if (end.fell) this.#hold(wordsOf(fault), [`the relay ended by itself: ${product.logs().slice(-1_500)}`]);
    const shown = end.hit ? "" : ` ${this.#shown()}`;
    say(`${end.hit ? "hit   " : "missed"} ${wordsOf(fault)}${shown} (${Math.round(performance.now() - startedAt)} ms)`);
    const journal = await readJournal(product.stateDir);
    this.#hold(wordsOf(fault), nothingLost(this.#ledger, { journal, hub: await readHub(product.stateDir) }));
    await this.#acknowledgeShown(`after ${wordsOf(fault)}`);
  }

  #shown(): string {
    const view = this.#phone?.device.view();
    const open = view?.outbox.map(({ op, delivery }) => `${op} ${delivery}`) ?? [];
    return `[${view?.live}; ${view?.sessions.map(({ state }) => state).join(" ")}; ${open.join(", ")}]`;
  }

  #count(fault: Fault, { hit, kills, hostTouched }: LifeEnd): void {
    const name = "at" in fault ? (fault.kind === "point" ? fault.at.name : fault.kind) : `${fault.kind}`;
    this.#kills.push({ fault: wordsOf(fault), name, hit });
    this.#killed += kills;
    if (kills === 0) this.#atRest += 1;
    if (hostTouched) this.#isHostSpared = false;
  }

  /** A clean start, until everything has come to rest; then all is killed, and the databases are read. */
  async #judge(): Promise<void> {
    const { product, env, say } = this.#parts;
    const phone = this.#phone;
    const workload = this.#workload;
    if (phone === null || workload === null) throw new TypeError("judged before the phone was paired");
    for (const name of ["KELPIE_FAILPOINT", "NODE_OPTIONS", "KELPIE_MOVED_CLOCK"]) delete env[name];
    if (!isAlive(product.pid)) await product.restart();
    phone.mend();
    this.#hold("settling", await settle(product, phone, workload));
    await product.kill();
    this.#atRest += 1;
    await allDown(product);
    const journal = await readJournal(product.stateDir);
    await this.#acknowledgeShown("the phone");
    const moment: Moment = {
      journal,
      hub: await readHub(product.stateDir),
      phone: { d: phone.device.view().machines[0]?.thisDevice ?? "", finals: phone.finals, statuses: phone.statuses },
      said: workload.said,
      effects: workload.effects(),
    };
    this.#hold("at rest", [...(await this.#orphans(journal)), ...this.#breachesOf(moment)]);
    const breaches = this.#breaches.length;
    say(`looked at ${journal.records.length} records, ${journal.commands.length} commands: ${breaches} breaches`);
  }

  #breachesOf(moment: Moment): string[] {
    const { journal } = moment;
    const alive = this.#alive();
    const found = [
      ...nothingLost(this.#ledger, moment),
      ...logsAgree(moment),
      ...commandsEnd(moment),
      ...promptsOnce(moment).breaches,
      ...nothingTwice(moment),
      ...linesWhole(moment),
      ...nothingLeft(moment),
      ...nobodyUnowned(moment, alive),
      ...survivorsGoOn(this.#kept, journal, this.#isHostSpared),
    ];
    this.#kept = keptOf(journal, alive);
    this.#isHostSpared = true;
    this.#last = moment;
    return found;
  }

  #last: Moment | null = null;

  /** Every process of this home that exists now. */
  #alive(): ReadonlySet<number> {
    return new Set(this.#parts.product.processes());
  }

  /** Processes that no session answers for, and that do not end by themselves. */
  async #orphans({ sessions }: JournalView): Promise<string[]> {
    const owned = new Set(
      sessions.flatMap(({ state, host, pid }) =>
        state === "live" && host !== null ? [host.pid, pid].flatMap(familyOf) : [],
      ),
    );
    const unowned = (): number[] => [...this.#alive()].filter((pid) => !owned.has(pid));
    await until("no process without an owner", () => unowned().length === 0, ORPHAN_MS).catch(() => undefined);
    return unowned().map((pid) => `nobody owns ${pid} ${commandOf(pid)}`);
  }

  /** What the phone holds was shown to a person. */
  async #acknowledgeShown(where: string): Promise<void> {
    const sessions = this.#workload?.sessions() ?? [];
    for (const session of sessions) {
      this.#hold(where, this.#ledger.acknowledge("the phone", (await this.#phone?.records(session)) ?? []));
    }
  }

  #hold(where: string, breaches: readonly string[]): void {
    for (const breach of breaches) {
      const sentence = `${where}: ${breach}`;
      if (this.#breaches.some((known) => known.endsWith(`: ${breach}`))) continue;
      this.#breaches.push(sentence);
      this.#parts.say(`BREACH ${sentence}`);
      const { keepAt, home } = this.#parts;
      // As it lies there at the first one.
      if (keepAt !== undefined && this.#breaches.length === 1)
        cpSync(home, keepAt, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    }
  }

  #report(): Report {
    const passed = new Set(notesOf(join(this.#parts.home, "notes")).map(({ where }) => where));
    const byName = new Map<string, { hit: number; missed: number }>();
    for (const { name, hit } of this.#kills) {
      const row = byName.get(name) ?? { hit: 0, missed: 0 };
      byName.set(name, { hit: row.hit + (hit ? 1 : 0), missed: row.missed + (hit ? 0 : 1) });
    }
    const prompts = this.#last === null ? null : promptsOnce(this.#last);
    return {
      seed: this.#parts.seed,
      seconds: Math.round((performance.now() - this.#startedAt) / 1_000),
      kills: this.#killed,
      killsAtRest: this.#atRest,
      byName: Object.fromEntries(byName),
      hasDisk: this.#parts.disk !== null,
      neverPassed: FAILPOINTS.filter((name) => !passed.has(name)),
      acknowledged: this.#ledger.acknowledged,
      records: this.#last?.journal.records.length ?? 0,
      commands: this.#last?.journal.commands.length ?? 0,
      indeterminate: [...(this.#phone?.statuses.values() ?? [])].filter((status) => status === "indeterminate").length,
      prompts: prompts === null ? {} : { ...prompts, breaches: prompts.breaches.length },
      breaches: this.#breaches,
    };
  }
}

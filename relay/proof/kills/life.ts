// One life of the product: started to meet its fault, given work, until it died or is found quiet; then it is killed.
import { existsSync, readFileSync } from "node:fs";
import { commandOf, isAlive } from "../../house/processes.ts";
import { until, type Product } from "../../house/product.ts";
import type { Disk } from "./disk.ts";
import { readSessions } from "./journal-view.ts";
import type { Fault, Place, Victim } from "./plan.ts";
import type { Phone } from "./phone.ts";

/** A life without its fault is given up as missed after this. */
const LIFE_MS = 9_000;
/** So long nothing moves, and it is taken for rest. */
const QUIET_MS = 400;
/** A first start builds the Worker and the web app. */
const START_MS = 120_000;
const LOOK_EVERY_MS = 15;
const DEATH_MS = 20_000;

/** A line of the notes that armed processes write. */
interface Note {
  readonly what: string;
  readonly where: string;
  readonly pid: number;
}

/** What one life works with. */
export interface LifeParts {
  readonly product: Product;
  readonly env: Record<string, string>;
  readonly notesFile: string;
  readonly disk: Disk | null;
  /** Null before the first pairing. */
  readonly phone: () => Phone | null;
  /** Gives the work, such as meets the fault; resolves when it is asked for. */
  readonly work: (fault: Fault) => Promise<void>;
}

/** How a life went. */
export interface LifeEnd {
  /** The fault came. */
  readonly hit: boolean;
  /** A host or an agent was among the dead, or its disk full. */
  readonly hostTouched: boolean;
  /** How many processes were killed, the one at rest not counted. */
  readonly kills: number;
  /** The relay ended, and nobody had killed it. */
  readonly fell: boolean;
}

export class Life {
  readonly #parts: LifeParts;
  readonly #fault: Fault;
  #kills = 0;
  #hit = false;
  #hostTouched = false;
  readonly #notesBefore: number;
  #workAt: number | null = null;

  constructor(parts: LifeParts, fault: Fault) {
    this.#parts = parts;
    this.#fault = fault;
    this.#notesBefore = notesOf(parts.notesFile).length;
  }

  /** Resolves when all of the product but its hosts is gone. */
  async run(): Promise<LifeEnd> {
    const { product, phone, disk } = this.#parts;
    this.#arm();
    const started = product.restart().then(
      () => true,
      (error: unknown) => this.#endedEarly(error),
    );
    const faulting = this.#injure(started);
    if (await started) await this.#live();
    await faulting;
    const fell = !this.#isUp() && this.#kills === 0;
    disk?.free();
    phone()?.mend();
    if (this.#isUp()) await product.kill();
    await allDown(product);
    return { hit: this.#hit, hostTouched: this.#hostTouched, kills: this.#kills, fell };
  }

  #arm(): void {
    const { env } = this.#parts;
    for (const name of ["KELPIE_FAILPOINT", "NODE_OPTIONS", "KELPIE_MOVED_CLOCK"]) delete env[name];
    const fault = this.#fault;
    if ("at" in fault) env["KELPIE_FAILPOINT"] = given(fault.at, fault.kind === "stop");
    if (fault.kind === "clock") {
      env["NODE_OPTIONS"] = `--import=${new URL("./moved-clock.ts", import.meta.url).pathname}`;
      env["KELPIE_MOVED_CLOCK"] = `${fault.jumpMs}@${fault.afterMs}`;
    }
    if (fault.kind === "network" && fault.how === "slow") this.#parts.phone()?.crawl();
  }

  /** It ended before it was ready: by its fault, or by a bug. */
  #endedEarly(error: unknown): boolean {
    if (this.#died() === null) throw error;
    return false;
  }

  async #live(): Promise<void> {
    const { work, phone } = this.#parts;
    phone()?.device.core.reconnect();
    this.#workAt = performance.now();
    if (this.#fault.kind === "network" && this.#fault.how === "cut") phone()?.proxy.cut();
    const asked = { all: false };
    const working = work(this.#fault).finally(() => (asked.all = true));
    const quiet = { since: 0 };
    await this.#look(() => {
      // Nothing more comes of what was asked: a place that was not passed by now will not be.
      const isQuiet = asked.all && isAtRest(phone()) && (this.#hit || "at" in this.#fault);
      if (!isQuiet) quiet.since = performance.now();
      return this.#isOver() || performance.now() - quiet.since > QUIET_MS;
    }, LIFE_MS);
    await working;
  }

  /** Does to it what does not do itself. */
  async #injure(started: Promise<boolean>): Promise<void> {
    const fault = this.#fault;
    if (fault.kind === "point" || fault.kind === "network" || fault.kind === "clock") {
      if (!(await started)) return this.#takeDeath();
      await this.#look(() => this.#died() !== null || !this.#isUp(), LIFE_MS);
      this.#takeDeath();
      return;
    }
    if (fault.kind === "stop") return this.#stop(fault, started);
    if (!(await started)) return;
    await this.#look(() => this.#workAt !== null && performance.now() - this.#workAt > fault.afterMs, LIFE_MS);
    if (fault.kind === "victim") this.#kill(fault.victim);
    else if (fault.kind === "freeze") await this.#freeze(fault.victim, fault.forMs);
    else await this.#fill(fault);
  }

  async #stop({ forMs, victim }: Extract<Fault, { kind: "stop" }>, started: Promise<boolean>): Promise<void> {
    const stopped = (): Note | undefined => this.#notes().find(({ what }) => what === "stopped");
    // A place of the start is passed before it is ready, any other within a life.
    const isReady = { yet: false };
    void started.then(() => (isReady.yet = true));
    await this.#look(() => stopped() !== undefined || isReady.yet, START_MS);
    await this.#look(() => stopped() !== undefined || !this.#isUp(), LIFE_MS);
    const note = stopped();
    if (note === undefined) return;
    this.#hit = true;
    if (victim !== null) this.#kill(victim);
    await pause(forMs);
    if (isAlive(note.pid)) process.kill(note.pid, "SIGCONT");
  }

  async #freeze(victim: Victim, forMs: number): Promise<void> {
    const pid = this.#pidOf(victim);
    if (!isAlive(pid)) return;
    process.kill(pid, "SIGSTOP");
    this.#hit = true;
    await pause(forMs);
    if (isAlive(pid)) process.kill(pid, "SIGCONT");
  }

  async #fill({ forMs, killedFull }: Extract<Fault, { kind: "disk" }>): Promise<void> {
    const { disk, product } = this.#parts;
    if (disk === null) return;
    disk.fill();
    this.#hit = true;
    this.#hostTouched = true;
    await pause(forMs);
    if (killedFull && isAlive(product.pid)) this.#kill("relay");
    disk.free();
  }

  #kill(victim: Victim): void {
    const pid = this.#pidOf(victim);
    if (!isAlive(pid)) return;
    process.kill(pid, "SIGKILL");
    this.#hit = true;
    this.#kills += 1;
    if (victim === "host" || victim === "agent") this.#hostTouched = true;
  }

  #pidOf(victim: Victim): number {
    const { product } = this.#parts;
    if (victim === "relay") return product.pid;
    if (victim === "worker") return product.embeddedPid();
    if (victim === "workerd") return product.workerdPid();
    const live = readSessions(product.stateDir).filter(({ state, host }) => state === "live" && host !== null);
    const last = live.at(-1);
    return (victim === "host" ? last?.host?.pid : last?.pid) ?? 0;
  }

  /** Its own death, by the place it was armed with. */
  #takeDeath(): void {
    const note = this.#died();
    if (note === null) return;
    this.#hit = true;
    this.#kills += 1;
    if (note.where.startsWith("host.")) this.#hostTouched = true;
  }

  #died(): Note | null {
    return this.#notes().find(({ what }) => what === "killed") ?? null;
  }

  #notes(): readonly Note[] {
    return notesOf(this.#parts.notesFile).slice(this.#notesBefore);
  }

  /** The relay is gone, or whoever died was not the relay and all is said. */
  #isOver(): boolean {
    return !this.#isUp() || (this.#died() !== null && isAtRest(this.#parts.phone()));
  }

  #isUp(): boolean {
    return isAlive(this.#parts.product.pid);
  }

  async #look(holds: () => boolean, withinMs: number): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    while (!holds() && performance.now() < giveUpAt) {
      await this.#parts.phone()?.tend();
      await pause(LOOK_EVERY_MS);
    }
  }
}

function given({ name, nth }: Place, isStop: boolean): string {
  return `${name}@${nth}${isStop ? ":SIGSTOP" : ""}`;
}

function isAtRest(phone: Phone | null): boolean {
  const view = phone?.device.view();
  if (view === undefined) return true;
  return (
    view.live === "live" &&
    view.outbox.length === 0 &&
    view.sessions.every(({ state }) => state !== "running" && state !== "starting" && state !== "waiting")
  );
}

/** Everything that armed processes have noted. */
export function notesOf(file: string): readonly Note[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([what = "", where = "", pid = "0"]) => ({ what, where, pid: Number(pid) }));
}

/** Resolves when neither relay nor Worker of this product is left. */
export function allDown(product: Product): Promise<void> {
  return until(
    "the product's death",
    () => !product.processes().some((pid) => /relay\/(?:main|embedded\/main)\.ts|workerd/.test(commandOf(pid))),
    DEATH_MS,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

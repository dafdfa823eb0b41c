// The developer's machine: a database that outlives the relay's processes, and one process after another on it.
import { DatabaseSync } from "node:sqlite";
import { exportPublic, generateSigningPair, machineIdOf, type Bytes } from "../../../schema/index.ts";
import { openDatabaseOn } from "../../journal/database.ts";
import type { Socket, SocketEvents } from "../../link/dial.ts";
import type { LoadedIdentity } from "../../trust/identity.ts";
import type { FrontDoor } from "./front-door.ts";
import { FusedDatabase, Fuse } from "./fused-database.ts";
import { Died, Host, Life } from "./host.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import { boot, type Boot } from "./relay-boot.ts";
import type { Schedule } from "./schedule.ts";
import { GENTLE, type AgentDeeds, type Temper } from "./sim-agent.ts";
import { SimDriver, SimHostedDriver } from "./sim-driver.ts";
import { SimHosts } from "./sim-hosts.ts";
import { restoreSnapshot, takeSnapshot, type Snapshot } from "./table-snapshot.ts";

/** What a relay does that others look at. */
export interface RelayWitness {
  /** A message is handed to the socket. */
  readonly sends: (message: string | Bytes) => void;
  readonly answers: (frame: Bytes) => void;
  /** A write, before it is done. */
  readonly writes: (sql: string, parameters: readonly unknown[]) => void;
  readonly started: () => void;
  readonly died: () => void;
  readonly defect: (error: unknown) => void;
}

interface Parts {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly network: Network;
  readonly door: () => FrontDoor;
  readonly deeds: AgentDeeds;
  readonly witness: RelayWitness;
}

/** No limit that a simulation reaches. */
const PAGES = 1 << 30;

/** RI and a stand-in for WI, made from the seed. */
export async function newIdentity(): Promise<LoadedIdentity> {
  const { privateKey, publicKey } = await generateSigningPair(false);
  const riPublic = await exportPublic(publicKey);
  return { machine: await machineIdOf(riPublic), ri: privateKey, riPublic, wiPublic: riPublic, isNew: false };
}

export class RelayHost {
  readonly host: Host;
  readonly sqlite = new DatabaseSync(":memory:");
  readonly identity: LoadedIdentity;
  temper: Temper = GENTLE;
  /** Agents are opened in hosts. */
  isHosted = false;
  readonly hosts = new SimHosts();
  crashes = 0;
  readonly #parts: Parts;
  readonly #db;
  #life = new Life();
  #fuse = new Fuse(this.#life);
  #boot: Boot | null = null;

  constructor(identity: LoadedIdentity, parts: Parts) {
    this.identity = identity;
    this.#parts = parts;
    this.host = new Host("relay", parts.schedule);
    this.#db = openDatabaseOn("memory", this.sqlite);
    this.#life.end();
  }

  /** The running relay; null between two lives, and until one is up. */
  get boot(): Boot | null {
    return this.#life.isOver ? null : this.#boot;
  }

  get isAlive(): boolean {
    return !this.#life.isOver;
  }

  /** Starts a process, if there is none. */
  start(): void {
    if (!this.#life.isOver) return;
    const { random, witness, deeds } = this.#parts;
    const life = new Life();
    const fuse = new Fuse(life);
    this.#life = life;
    this.#fuse = fuse;
    this.#boot = null;
    life.onEnd(() => {
      this.crashes++;
      witness.died();
    });
    witness.started();
    const db = new FusedDatabase(this.#db, life, fuse, witness.writes);
    const world = { host: this.host, life, random, deeds, temper: () => this.temper };
    const driver = this.isHosted ? new SimHostedDriver(world, this.hosts) : new SimDriver(world);
    const report = (error: unknown): void => this.#report(life, error);
    boot({
      ...{ db, driver, hosts: this.hosts, report, identity: this.identity, clock: this.host.relayClock(life) },
      random: () => random.next(),
      dial: (events) => this.#dial(life, fuse, events),
      answering: (frame) => {
        if (!life.isOver) witness.answers(frame);
      },
    }).then(
      (running) => (this.#boot = running),
      // It could not start: a full disk. The next start may.
      (error: unknown) => {
        report(error);
        life.end();
      },
    );
  }

  /** kill -9, now. */
  kill(): void {
    this.#life.end();
  }

  /** kill -9 at the nth commit or send from now. */
  killAfter(points: number): void {
    this.#fuse.light(points);
  }

  /** The disk takes nothing more, or something again. */
  fillDisk(isFull: boolean): void {
    const pages = isFull ? Number(this.sqlite.prepare("PRAGMA page_count").get()?.["page_count"]) : PAGES;
    this.sqlite.exec(`PRAGMA max_page_count = ${pages}`);
  }

  snapshot(): Snapshot {
    return takeSnapshot(this.sqlite);
  }

  /** The state folder is restored from a backup, the process being gone. */
  setBack(snapshot: Snapshot): void {
    this.kill();
    // As on a machine that starts anew: whoever restores a folder under a living agent finds it in two places.
    this.hosts.kill(() => true);
    this.sqlite.exec("BEGIN");
    restoreSnapshot(this.sqlite, snapshot);
    this.sqlite.exec("COMMIT");
  }

  #report(life: Life, error: unknown): void {
    if (life.isOver || error instanceof Died) return;
    this.#parts.witness.defect(error);
  }

  async #dial(life: Life, fuse: Fuse, events: SocketEvents): Promise<Socket> {
    const { network, door, witness } = this.#parts;
    const wire = network.wire(this.host, life, {
      opened: () => events.opened(),
      text: (text) => events.text(text),
      binary: (bytes) => events.binary(bytes),
      closed: (code) => events.closed(code, ""),
    });
    door().dialRelay(wire);
    return {
      send: (message) => {
        if (life.isOver) return;
        fuse.burn();
        witness.sends(message);
        wire.clientSend(message);
        fuse.burn();
      },
      close: () => wire.clientClose(),
    };
  }
}

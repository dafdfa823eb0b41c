// One whole Kelpie in one thread: a machine, a hub, some devices, a network between them, one clock and one queue of events.
import { docIdOf, HEAD_DOC, pairUrl, type MachineId } from "../../../schema/index.ts";
import { DeviceHost } from "./device-host.ts";
import { FrontDoor, ORIGIN } from "./front-door.ts";
import { Died } from "./host.ts";
import { HubHost } from "./hub-host.ts";
import { Judges } from "./invariants/judges.ts";
import { Network } from "./network.ts";
import type { Random } from "./random.ts";
import { Registry } from "./registry.ts";
import { newIdentity, RelayHost } from "./relay-host.ts";
import type { Schedule } from "./schedule.ts";
import { beginRun, settled } from "./sealed-off.ts";
import { AgentDeeds } from "./sim-agent.ts";
import type { Trace } from "./trace.ts";
import { Violation } from "./violation.ts";

/** A pairing without faults takes less. */
const PAIR_WITHIN_MS = 60_000;
const CARRIED_MS = 500;

export class World {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly network: Network;
  readonly registry: Registry;
  readonly hub: HubHost;
  readonly relay: RelayHost;
  readonly devices: DeviceHost[] = [];
  readonly deeds = new AgentDeeds();
  readonly judges: Judges;
  readonly trace: Trace;
  /** Restart the relay by itself after it died. */
  restartsRelay = true;
  steps = 0;
  #door: FrontDoor;
  #violation: unknown = null;

  private constructor(schedule: Schedule, random: Random, trace: Trace, made: Awaited<ReturnType<typeof World.make>>) {
    this.schedule = schedule;
    this.random = random;
    this.trace = trace;
    this.network = new Network(schedule, random.fork("network"));
    this.registry = new Registry(schedule, random.fork("registry"));
    this.judges = new Judges(this);
    const defect = (error: unknown): void => this.fail(new Violation("defect", String(error), error));
    const { machine, riPublic } = made.identity;
    this.hub = new HubHost({
      ...{ schedule, registry: this.registry, machine, headDoc: made.headDoc, random: random.fork("hub") },
      witness: {
        toRelay: (message) => this.judges.hubTellsRelay(message),
        toDevice: (socket, message) => this.judges.hubTellsDevice(socket, message),
        restarted: () => this.judges.hubRestarted(),
        defect,
      },
    });
    this.relay = new RelayHost(made.identity, {
      ...{ schedule, network: this.network, deeds: this.deeds, random: random.fork("relay") },
      door: () => this.#door,
      witness: {
        sends: (message) => this.judges.relaySends(message),
        writes: (sql, parameters) => this.judges.relayWrites(sql, parameters),
        answers: (frame) => this.judges.relayAnswers(frame),
        started: () => this.trace.note("relay starts"),
        died: () => this.#relayDied(),
        defect: (error) => this.judges.relayReports(error),
      },
    });
    this.#door = new FrontDoor({
      network: this.network,
      registry: this.registry,
      hub: this.hub,
      machine,
      ri: riPublic,
    });
  }

  static async make() {
    return { identity: await newIdentity(), headDoc: await docIdOf(HEAD_DOC) };
  }

  /** A machine with so many paired devices, all online. */
  static async begin(seed: number, random: Random, schedule: Schedule, trace: Trace): Promise<World> {
    beginRun(seed, (run, delayMs) => schedule.after(delayMs, "stray timer", run));
    return new World(schedule, random, trace, await World.make());
  }

  get machine(): MachineId {
    return this.relay.identity.machine;
  }

  /** What went wrong first. */
  get violation(): unknown {
    return this.#violation;
  }

  /** Remembers what went wrong; the run ends with this step. */
  fail(error: unknown): void {
    this.#violation ??= error;
  }

  /** One event, and everything that follows from it in the same moment. False when there is none before `until`. */
  async step(until: number): Promise<boolean> {
    const at = this.schedule.nextAt();
    if (at === null || at > until || this.#violation !== null) return false;
    const event = this.schedule.take();
    if (event === null) return false;
    this.steps++;
    this.trace.step(this.steps, this.schedule.now, event.label);
    this.attempt(event.run);
    await settled();
    this.hub.settle();
    this.judges.afterStep();
    return true;
  }

  /** Runs a piece of the world; what it throws is a violation, unless its process died of it. */
  attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.thrown(error);
    }
  }

  /** Something threw, or rejected, where nobody caught it. */
  thrown(error: unknown): void {
    if (!(error instanceof Died))
      this.fail(error instanceof Violation ? error : new Violation("defect", String(error), error));
  }

  /** Until this moment of virtual time, or the first violation. */
  async runUntil(until: number): Promise<void> {
    while (await this.step(until));
    this.schedule.now = Math.max(this.schedule.now, until);
  }

  /** Until it holds; false when it does not within so long. */
  async runWhile(isGoingOn: () => boolean, withinMs: number): Promise<boolean> {
    const until = this.schedule.now + withinMs;
    while (isGoingOn()) if (!(await this.step(until))) return false;
    return true;
  }

  /** Until it holds; false when it does not within so long. Asked after every event. */
  async comesTrue(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
    const until = this.schedule.now + withinMs;
    // What was asked for just now is on its way.
    await settled();
    while (!(await holds())) if (!(await this.step(until))) return false;
    return true;
  }

  /** Another device, paired over a link of the machine. */
  async pairDevice(name: string): Promise<DeviceHost> {
    const device = new DeviceHost(name, {
      ...{ schedule: this.schedule, network: this.network, door: () => this.#door },
      random: this.random.fork(name),
      witness: {
        sends: (data) => this.judges.deviceSends(name, data),
        shows: (from, view) => this.judges.deviceShows(from, view),
        stored: (from, life, method, result) => this.judges.deviceStored(from, life, method, result),
      },
    });
    this.devices.push(device);
    const tab = await device.openTab();
    const pairing = this.relay.boot?.pairing;
    if (pairing === undefined) throw new Violation("setup", "no relay to pair with");
    const { secret } = await pairing.invite({ scope: "admin", shell: false });
    // A person takes longer to carry the link over than the relay to announce it.
    await this.runUntil(this.schedule.now + CARRIED_MS);
    void tab.core.pairing.start(pairUrl(ORIGIN, { secret, machine: this.machine }), name);
    const isOver = (): boolean => tab.pairing.step === "paired" || tab.pairing.step === "failed";
    await this.runWhile(() => !isOver(), PAIR_WITHIN_MS);
    await device.knowItself();
    if (tab.pairing.step !== "paired") this.fail(new Violation("setup", `${name} was not paired: ${tab.pairing.step}`));
    return device;
  }

  /** Nobody waits for anything any more: commands have their last word, documents are everywhere. */
  async isQuiet(): Promise<boolean> {
    const { sqlite } = this.relay;
    if (sqlite.prepare("SELECT 1 FROM cmd WHERE state <> 'final' LIMIT 1").get() !== undefined) return false;
    const newest = Number(sqlite.prepare("SELECT max(rev) AS rev FROM doc").get()?.["rev"]);
    for (const device of this.devices.filter((each) => this.isTrusted(each))) {
      if ((await device.store.docCursor(this.machine)) < newest) return false;
      const entries = await device.store.outbox(this.machine);
      if (entries.some(({ final, named }) => final === null && named === null)) return false;
    }
    return this.relay.boot !== null;
  }

  /** The machine trusts this device, and the device knows it. */
  isTrusted({ d }: DeviceHost): boolean {
    const row = d === null ? undefined : this.relay.sqlite.prepare("SELECT state FROM dev WHERE d = ?").get(d);
    return row?.["state"] === "active";
  }

  #relayDied(): void {
    this.trace.note("relay dies");
    if (!this.restartsRelay) return;
    this.schedule.after(this.random.skewed(100, 60_000), "relay restarts", () => this.relay.start());
  }
}

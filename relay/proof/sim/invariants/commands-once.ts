// R5 For each (d,g,ctr) side effects begin at most once; non-idempotent ops interrupted mid-run end as `indeterminate`, never
// silently retried or dropped. R6 Every durable CMD reaches a verdict on the device within 60 s of mutual connectivity, or by
// exp, and exactly one final status when its op ends. R7 Identical retries return identical results. R15 Offline queue:
// order per device kept, TTL enforced by the relay, expiry visible to the sender. S8 After the revoke commit, no frame of d
// has effect.
import {
  hubToDevice,
  isFrame,
  isOperation,
  OPERATIONS,
  parseControl,
  parseFrame,
  UNANSWERED_MS,
  type Bytes,
  type DeviceId,
} from "../../../../schema/index.ts";
import type { OutboxEntry } from "../../../../web/live/live-store.ts";
import type { DeviceHost } from "../device-host.ts";
import type { Life } from "../host.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

/** One command as its device made it. */
export interface Wished {
  readonly device: DeviceHost;
  readonly d: DeviceId;
  readonly entry: OutboxEntry;
  /** Of the page that made it: two tabs of one device have a connection each, and no order between them. */
  readonly life: Life;
}

export class CommandsOnce {
  readonly #world: World;
  /** By "d/g/ctr". */
  readonly wished = new Map<string, Wished>();
  readonly #frames = new Map<string, Bytes>();
  readonly #finals = new Map<string, Bytes>();
  readonly #runs = new Map<string, number>();
  /** "g/ctr" of commands that the hub has queued, and that it refused for its clock, of whatever device. */
  readonly #queued = new Set<string>();
  readonly #untimely = new Set<string>();
  #isSetBack = false;
  #hadFullDisk = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** A device has put it into its outbox. */
  enqueued(device: DeviceHost, life: Life, entry: OutboxEntry): void {
    if (device.d !== null) this.wished.set(nameOf(device.d, entry.g, entry.ctr), { device, d: device.d, entry, life });
  }

  /** A device sends it, for the first time or again. */
  deviceSends(bytes: Bytes): void {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "CMD")) return;
    const { d, g, ctr } = frame.header;
    const name = nameOf(d, g, ctr);
    const before = this.#frames.get(name);
    if (before === undefined) this.#frames.set(name, bytes.slice());
    else if (Buffer.compare(before, bytes) !== 0) throw new Violation("R7", `${name} was sent as two frames`);
  }

  /** The relay commits a command: `parameters` of the one INSERT into its table. */
  relayInserts(parameters: readonly unknown[]): void {
    const [d, g, ctr, , state, , frame] = parameters;
    const name = nameOf(String(d), Number(g), Number(ctr));
    const { relay } = this.#world;
    const row = relay.sqlite.prepare("SELECT state FROM dev WHERE d = ?").get(String(d));
    if (row?.["state"] !== "active") throw new Violation("S8", `${name} of a device that is ${String(row?.["state"])}`);
    if (state !== "accepted" || !(frame instanceof Uint8Array)) return;
    const parsed = parseFrame(new Uint8Array(frame));
    if (isFrame(parsed, "CMD") && parsed.header.exp < relay.host.wall()) {
      throw new Violation("R15", `${name} was accepted ${relay.host.wall() - parsed.header.exp} ms after its expiry`);
    }
  }

  /** The relay begins to run it. */
  relayRuns(parameters: readonly unknown[]): void {
    const [d, g, ctr] = parameters;
    const name = nameOf(String(d), Number(g), Number(ctr));
    const runs = (this.#runs.get(name) ?? 0) + 1;
    this.#runs.set(name, runs);
    const op = this.wished.get(name)?.entry.op ?? "";
    if (runs > 1 && isOperation(op) && !OPERATIONS[op].idempotent && !this.#isSetBack) {
      throw new Violation("R5", `${op} ${name} began ${runs} times`);
    }
  }

  relayAnswers(bytes: Bytes): void {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "RES") || frame.header.final !== 1) return;
    const { d, g, ctr } = frame.header;
    const name = nameOf(d, g, ctr);
    if (!this.wished.has(name)) return;
    const before = this.#finals.get(name);
    if (before === undefined) this.#finals.set(name, bytes.slice());
    else if (Buffer.compare(before, bytes) !== 0 && !this.#isSetBack) {
      throw new Violation("R7", `${name} was given two final results`);
    }
  }

  /** The relay forgot commands: what R5 and R7 say holds only for what it remembers (X4). */
  relaySetBack(): void {
    this.#isSetBack = true;
  }

  /** A command that the disk refused is offered again, behind those that it took meanwhile: order is not claimed then. */
  diskFull(): void {
    this.#hadFullDisk = true;
  }

  /**
   * The order of the queue is claimed for what the hub has queued and not dropped. What its clock finds expired, or too far
   * ahead, it refuses while no relay is there to judge, and what the device says next may pass it.
   */
  hubTellsDevice(message: string): void {
    const said = parseControl(message, hubToDevice);
    if (said.t === "queued") this.#queued.add(`${said.g}/${said.ctr}`);
    if (said.t !== "err" || !Array.isArray(said.ref)) return;
    if (said.code === "E_EXPIRED" || said.code === "E_EXP_RANGE") this.#untimely.add(said.ref.join("/"));
  }

  async atTheEnd(): Promise<void> {
    if (this.#isSetBack) return;
    this.#requireEffectsOnce();
    if (!this.#hadFullDisk) this.#requireOrder();
    this.#requireClosedRows();
    for (const device of this.#world.devices) if (this.#world.isTrusted(device)) await this.#requireVerdicts(device);
  }

  #requireEffectsOnce(): void {
    for (const [text, times] of this.#world.deeds.prompts) {
      if (times > 1) throw new Violation("R5", `an agent was told "${text}" ${times} times`);
    }
    const { sqlite } = this.#world.relay;
    for (const [table, ref] of [
      ["sess", "json_extract(data, '$.ref')"],
      ["prompt", "ref"],
    ]) {
      const twice = sqlite
        .prepare(`SELECT ${ref} AS ref, count(*) AS times FROM ${table} GROUP BY 1 HAVING count(*) > 1`)
        .get();
      if (twice !== undefined)
        throw new Violation("R5", `${String(twice["ref"])} left ${String(twice["times"])} rows in ${table}`);
    }
  }

  #requireOrder(): void {
    const newest = new Map<string, Map<Life, number>>();
    for (const row of this.#world.relay.sqlite.prepare("SELECT s, ref FROM prompt ORDER BY n").all()) {
      const ref: unknown = JSON.parse(String(row["ref"]));
      if (!Array.isArray(ref)) continue;
      const [d, g, ctr] = ref;
      const wished = this.wished.get(nameOf(String(d), Number(g), Number(ctr)));
      const place = `${String(g)}/${String(ctr)}`;
      if (wished === undefined || !this.#queued.has(place) || this.#untimely.has(place)) continue;
      const lane = `${String(row["s"])} ${String(d)}`;
      const lanes = newest.get(lane) ?? new Map<Life, number>();
      newest.set(lane, lanes);
      const before = lanes.get(wished.life) ?? 0;
      if (Number(ctr) < before)
        throw new Violation("R15", `prompt ${String(ctr)} of ${lane} came after prompt ${before}`);
      lanes.set(wished.life, Number(ctr));
    }
  }

  #requireClosedRows(): void {
    const open = this.#world.relay.sqlite.prepare("SELECT * FROM cmd WHERE state <> 'final'").all();
    for (const { op, d, g, ctr, state } of open) {
      throw new Violation("R6", `${String(op)} ${nameOf(String(d), Number(g), Number(ctr))} is still ${String(state)}`);
    }
  }

  async #requireVerdicts(device: DeviceHost): Promise<void> {
    const now = this.#world.relay.host.wall();
    for (const { op, g, ctr, final, named, exp, stored, accepted } of await device.store.outbox(this.#world.machine)) {
      if (final !== null || named !== null || now > exp + UNANSWERED_MS) continue;
      const where = accepted ? "accepted" : stored ? "stored" : "on the device";
      throw new Violation("R6", `${op} ${nameOf(device.d ?? "", g, ctr)} of ${device.name} has no verdict (${where})`);
    }
  }
}

function nameOf(d: string, g: number, ctr: number): string {
  return `${d}/${g}/${ctr}`;
}

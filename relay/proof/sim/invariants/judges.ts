// Everything the simulation shows, handed to whoever judges it. The words of each invariant stand in its family's file.
import { parseFrame, unpackMessage, type Bytes, type SessionId } from "../../../../schema/index.ts";
import { isAppError } from "../../../../schema/index.ts";
import type { LogRow, OutboxEntry } from "../../../../web/live/live-store.ts";
import type { CommandKey, TimelineView } from "../../../../web/live/model.ts";
import type { DeviceHost } from "../device-host.ts";
import type { Life } from "../host.ts";
import type { SimHubSocket } from "../hub-socket.ts";
import type { World } from "../world.ts";
import { AgentsOwned } from "./agents-owned.ts";
import { CommandsOnce } from "./commands-once.ts";
import { EveryDevice } from "./every-device.ts";
import { HubKeeps } from "./hub-keeps.ts";
import { OneContent } from "./one-content.ts";
import { WaitsConverge } from "./waits-converge.ts";

export class Judges {
  readonly #world: World;
  readonly #content: OneContent;
  readonly #hub: HubKeeps;
  readonly #commands: CommandsOnce;
  readonly #waits: WaitsConverge;
  readonly #devices: EveryDevice;
  readonly #agents: AgentsOwned;

  constructor(world: World) {
    this.#world = world;
    this.#content = new OneContent(world);
    this.#hub = new HubKeeps(world);
    this.#commands = new CommandsOnce(world);
    this.#waits = new WaitsConverge(world);
    this.#devices = new EveryDevice(world);
    this.#agents = new AgentsOwned(world);
  }

  relaySends(message: string | Bytes): void {
    this.#world.trace.bytes("relay", message);
    if (typeof message === "string") return;
    this.#judge(() => {
      for (const bytes of unpackMessage(message)) this.#content.relaySends(parseFrame(bytes));
    });
  }

  relayAnswers(frame: Bytes): void {
    this.#judge(() => this.#commands.relayAnswers(frame));
  }

  /** A write of the relay, inside its transaction. */
  relayWrites(sql: string, parameters: readonly unknown[]): void {
    if (sql.startsWith("INSERT INTO cmd ")) this.#judge(() => this.#commands.relayInserts(parameters));
    else if (sql.startsWith("UPDATE cmd SET state = 'running'"))
      this.#judge(() => this.#commands.relayRuns(parameters));
  }

  /** A full disk is reported, a defect is one. */
  relayReports(error: unknown): void {
    if (!isAppError(error)) return this.#world.thrown(error);
    this.#world.trace.note(`relay reports ${error.code}`);
    if (error.code !== "E_DISK") return;
    this.#commands.diskFull();
    this.#agents.diskFull();
  }

  relaySetBack(): void {
    this.#content.relaySetBack();
    this.#commands.relaySetBack();
    this.#devices.relaySetBack();
    this.#agents.relaySetBack();
  }

  hubTellsRelay(message: string | Bytes): void {
    this.#world.trace.bytes("to relay", message);
    if (typeof message !== "string") return;
    this.#judge(() => {
      this.#hub.tellsRelay(message);
      this.#content.hubTellsRelay(message);
    });
  }

  hubTellsDevice(_socket: SimHubSocket, message: string | Bytes): void {
    this.#world.trace.bytes("to device", message);
    if (typeof message === "string") return this.#commands.hubTellsDevice(message);
    this.#judge(() => {
      for (const bytes of unpackMessage(message)) this.#content.hubTells(bytes);
    });
  }

  /** Its process or its memory is gone. */
  hubRestarted(): void {
    this.#judge(() => this.#hub.requireAcked());
  }

  hubSetBack(): void {
    this.#hub.setBack();
    this.#content.hubSetBack();
  }

  deviceSends(name: string, data: string | Bytes): void {
    this.#world.trace.bytes(name, data);
    if (typeof data === "string") return;
    this.#judge(() => {
      for (const bytes of unpackMessage(data)) this.#commands.deviceSends(bytes);
    });
  }

  deviceShows(device: DeviceHost, view: TimelineView): void {
    this.#judge(() => this.#devices.shows(device, view));
  }

  deviceStored(device: DeviceHost, life: Life, name: string, result: unknown): void {
    if (name === "enqueue" && isEntry(result)) this.#commands.enqueued(device, life, result);
    if (name === "saveRecords" && isLogRow(result)) this.#judge(() => this.#devices.saved(device, result));
  }

  /** Prompts of a device that may still be changed. */
  promptsOf(device: DeviceHost): { readonly session: SessionId; readonly command: CommandKey }[] {
    return [...this.#commands.wished.values()].flatMap(({ device: by, entry }) => {
      const { m: machine, g, ctr, session, op } = entry;
      return by === device && op === "session.prompt" && session !== null
        ? [{ session, command: { machine, g, ctr } }]
        : [];
    });
  }

  /** How often somebody wished something that starts this session's agent again. */
  startsOf(session: SessionId): number {
    return [...this.#commands.wished.values()].filter(
      ({ entry }) => entry.session === session && (entry.op === "session.prompt" || entry.op === "session.resume"),
    ).length;
  }

  afterStep(): void {
    this.#judge(() => {
      this.#hub.afterStep();
      this.#waits.afterStep();
    });
  }

  async atTheEnd(): Promise<void> {
    await this.#content.atTheEnd();
    this.#hub.atTheEnd();
    await this.#commands.atTheEnd();
    await this.#waits.atTheEnd();
    await this.#agents.atTheEnd();
    await this.#devices.atTheEnd();
  }

  figures(): { readonly commands: number; readonly records: number } {
    return { commands: this.#commands.wished.size, records: this.#content.records };
  }

  #judge(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#world.fail(error);
    }
  }
}

function isEntry(value: unknown): value is OutboxEntry {
  return typeof value === "object" && value !== null && "ctr" in value && "op" in value;
}

function isLogRow(value: unknown): value is LogRow {
  return typeof value === "object" && value !== null && "runs" in value;
}

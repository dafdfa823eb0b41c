// The rules of one machine's hub, without the platform: what each event does. The Durable Object only accepts, restores
// and forwards (hub-object.ts).
import {
  AppError,
  CLOSE,
  COMMANDS_BURST,
  COMMANDS_PER_SECOND,
  DURABLE_COMMANDS_BURST,
  DURABLE_COMMANDS_PER_SECOND,
  ERRORS,
  isAppError,
  SILENCE_MS,
  SOCKETS_PER_DEVICE,
  SOCKETS_PER_MACHINE,
  type Bytes,
  type DocId,
} from "../../schema/index.ts";
import { Blobs } from "./blobs.ts";
import { CommandQueue } from "./command-queue.ts";
import { Connections, isDevice, isRelay, type Connection, type HubSocket } from "./connections.ts";
import { Deadlines } from "./deadlines.ts";
import { takeDeviceControl } from "./device-control.ts";
import { parseDeviceMessage, takeCommands } from "./device-frames.ts";
import { Documents } from "./documents.ts";
import { Grants } from "./grants.ts";
import { admitDevice, admitRelay, greet, greetedState, prove, tellPresence } from "./handshake.ts";
import type { HubDeps, HubParts } from "./hub-parts.ts";
import { Keyrings } from "./keyrings.ts";
import { Meta } from "./meta.ts";
import { Pairing, type PairAnswer } from "./pairing.ts";
import { Buckets } from "./rate.ts";
import { RecordLog } from "./record-log.ts";
import { takeRelayControl } from "./relay-control.ts";
import { ForkError, parseRelayMessage, takeRelayFrames } from "./relay-frames.ts";
import { syncRelay } from "./relay-sync.ts";
import { Retention } from "./retention.ts";
import type { Opening } from "./socket-state.ts";
import { resumeWatch, tellWatchers } from "./watch.ts";

/** What the object knows when it wakes. */
export interface Restored {
  readonly sockets: Iterable<HubSocket>;
  readonly alarmAt: number | null;
  /** Id of the document "head". */
  readonly headDoc: DocId;
  /** When the platform last answered this socket's ping, epoch ms; null when it never did. */
  readonly lastPing: (socket: HubSocket) => number | null;
}

/** The rules. Every method is one event; it leaves nothing behind in memory that a sleep would lose. */
export class HubRules {
  readonly #parts: HubParts & { readonly grants: Grants; readonly pairing: Pairing };
  readonly #deadlines: Deadlines;
  readonly #lastPing: Restored["lastPing"];
  readonly #rates = {
    live: new Buckets({ perSecond: COMMANDS_PER_SECOND, burst: COMMANDS_BURST }),
    durable: new Buckets({ perSecond: DURABLE_COMMANDS_PER_SECOND, burst: DURABLE_COMMANDS_BURST }),
  };
  readonly #questions = new Buckets({ perSecond: COMMANDS_PER_SECOND, burst: COMMANDS_BURST });

  constructor(deps: HubDeps, restored: Restored) {
    const { sql } = deps.storage;
    const parts = {
      ...deps,
      // A timer is an event like any other.
      later: (delayMs: number, run: () => void) =>
        deps.later(delayMs, () => {
          run();
          this.#end();
        }),
      records: new RecordLog(sql),
      documents: new Documents(sql, restored.headDoc),
      keyrings: new Keyrings(sql),
      blobs: new Blobs(sql),
      queue: new CommandQueue(sql),
      retention: new Retention({ sql, budgetBytes: deps.budgetBytes, usedBytes: () => sql.databaseSize }),
      meta: new Meta(sql),
      connections: new Connections(),
    };
    parts.connections.restore(restored.sockets);
    const grants = new Grants(parts);
    this.#parts = { ...parts, grants, pairing: new Pairing(parts, () => grants.settled()) };
    this.#deadlines = new Deadlines(parts, grants, restored.alarmAt);
    this.#lastPing = restored.lastPing;
    this.#resume();
  }

  /** What a sleep may have cut short. */
  #resume(): void {
    resumeWatch(this.#parts);
    const relay = this.#parts.connections.relay();
    if (relay?.state.synced === false) void this.#finish(relay, syncRelay(this.#parts, relay));
  }

  /**
   * E_GRANT when the registry was asked before the newest push reached it: the device may just have been revoked. E_RATE
   * when this would be one socket too many; sockets that have long been silent make room.
   */
  requireRoom(opening: Opening): void {
    const { connections, grants } = this.#parts;
    if (opening.role === "device" && opening.grantsRev < grants.rev()) throw new AppError("E_GRANT");
    const sockets = connections.all().filter(({ state }) => state.phase !== "over");
    const own = sockets.filter(({ state }) => kidOf(state) === opening.kid);
    const isFull = opening.role === "device" && sockets.length >= SOCKETS_PER_MACHINE;
    const crowd = own.length >= SOCKETS_PER_DEVICE ? own : isFull ? sockets : [];
    if (crowd.length === 0) return;
    const silent = crowd.find((connection) => this.#isSilent(connection));
    if (silent === undefined) throw new AppError("E_RATE");
    connections.end(silent, CLOSE.age);
  }

  #isSilent({ socket, state }: Connection): boolean {
    if (state.phase !== "device") return false;
    const heard = Math.max(state.since, state.seenAt, this.#lastPing(socket) ?? 0);
    return this.#parts.now() - heard > SILENCE_MS;
  }

  /** A socket whose opening the Worker has checked. */
  accept(socket: HubSocket, opening: Opening): void {
    const state = greetedState(opening, this.#parts.now());
    const connection = this.#parts.connections.add(socket, state);
    greet(connection, state);
    this.#end();
  }

  /** A text message. */
  async text(socket: HubSocket, text: string): Promise<void> {
    const connection = this.#parts.connections.of(socket);
    if (connection !== null) await this.#finish(connection, this.#takeText(connection, text));
  }

  /** A binary message. */
  async binary(socket: HubSocket, message: Bytes): Promise<void> {
    const connection = this.#parts.connections.of(socket);
    if (connection !== null) await this.#finish(connection, this.#takeBinary(connection, message));
  }

  async #takeText(connection: Connection, text: string): Promise<void> {
    if (isRelay(connection)) return takeRelayControl(this.#parts, connection, text);
    if (isDevice(connection)) return takeDeviceControl(this.#parts, this.#questions, connection, text);
    const { state } = connection;
    if (state.phase === "over") return;
    const { opening } = state.phase === "greeted" || state.phase === "proving" ? state : { opening: null };
    if (opening === null || !(await prove(this.#parts, connection, text))) return;
    if (opening.role === "device") return admitDevice(this.#parts, connection, opening);
    admitRelay(this.#parts, connection, opening);
    if (isRelay(connection)) await syncRelay(this.#parts, connection);
  }

  async #takeBinary(connection: Connection, message: Bytes): Promise<void> {
    if (isRelay(connection)) {
      const frames = parseRelayMessage(connection, message);
      takeRelayFrames(this.#parts, connection, frames);
      return this.#parts.pairing.reply(frames);
    }
    if (isDevice(connection)) {
      const commands = parseDeviceMessage(connection, message);
      return takeCommands(this.#parts, this.#rates, connection, commands);
    }
    if (connection.state.phase !== "over") throw new AppError("E_AUTH", { reason: "before ready" });
  }

  /** A socket has closed, or failed. */
  closed(socket: HubSocket): void {
    const { connections } = this.#parts;
    const connection = connections.of(socket);
    connections.remove(socket);
    if (connection === null) return;
    if (isRelay(connection)) this.#relayGone();
    if (isDevice(connection) && connection.state.nonce !== null) tellWatchers(this.#parts);
    this.#end();
  }

  /** A pairing post. */
  async pair(frame: Bytes, address: string): Promise<PairAnswer> {
    const answer = this.#parts.pairing.post(frame, address);
    this.#end();
    return answer;
  }

  /** The alarm. */
  async alarm(): Promise<void> {
    await this.#deadlines.run();
    this.#end();
  }

  /** The machine is no longer registered. */
  dismiss(): void {
    for (const connection of this.#parts.connections.all()) this.#parts.connections.end(connection, CLOSE.revoked);
    this.#end();
  }

  async #finish(connection: Connection, work: Promise<void>): Promise<void> {
    // What happened before the first await is part of this event, and must outlive it.
    this.#end();
    try {
      await work;
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#refuse(connection, error);
    }
    this.#end();
  }

  #refuse(connection: Connection, error: AppError): void {
    const ref = error instanceof ForkError ? { ref: error.at } : {};
    connection.say({ t: "err", code: error.code, ...ref });
    const { close } = ERRORS[error.code];
    if (close !== null) this.#parts.connections.end(connection, close);
  }

  /** A relay has gone, or was replaced by one that has not heard what the posts wait for. */
  #relayGone(): void {
    this.#parts.pairing.abandon();
    if (this.#parts.connections.relay() === null) tellPresence(this.#parts, "off");
  }

  #end(): void {
    const ended = this.#parts.connections.takeEnded();
    if (ended.relay) this.#relayGone();
    if (ended.watcher) tellWatchers(this.#parts);
    this.#parts.connections.save();
    this.#deadlines.schedule();
  }
}

function kidOf(state: Connection["state"]): string | null {
  switch (state.phase) {
    case "greeted":
    case "proving":
      return state.opening.kid;
    case "device":
      return state.d;
    case "relay":
      return state.m;
    case "over":
      return null;
  }
}

// Who is attached, in what role, up to where. The truth is in the sockets' attachments, which survive hibernation; what is
// kept here is a view of them.
import type { DeviceId, HubToDevice, HubToRelay } from "../../schema/index.ts";
import { stateOfAttachment, type DeviceState, type RelayState, type SocketState } from "./socket-state.ts";

/** A WebSocket as the hub's rules see it. The Workers runtime's own fits. */
export interface HubSocket {
  readonly readyState: number;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

const OPEN = 1;

/** One socket and its state. Whoever changes `state` in place calls `touch`. */
export class Connection<S extends SocketState = SocketState> {
  readonly socket: HubSocket;
  state: S;
  #touched = false;

  constructor(socket: HubSocket, state: S) {
    this.socket = socket;
    this.state = state;
  }

  touch(): void {
    this.#touched = true;
  }

  /** Writes a touched state to the attachment; called at the end of every event, before anything can be evicted. */
  save(): void {
    if (!this.#touched) return;
    this.socket.serializeAttachment(this.state);
    this.#touched = false;
  }

  say(message: HubToRelay | HubToDevice): void {
    this.send(JSON.stringify(message));
  }

  /** Sends, unless the peer has gone meanwhile: then its close event follows and nothing is lost. */
  send(message: string | Uint8Array): void {
    if (this.socket.readyState === OPEN) this.socket.send(message);
  }
}

/** A connection whose state is known to be of one phase. */
export type RelayConnection = Connection<RelayState>;
export type DeviceConnection = Connection<DeviceState>;

/** Narrows a connection; its phase changes only by `become` and `end`, which replace nothing but the state. */
export function isRelay(connection: Connection): connection is RelayConnection {
  return connection.state.phase === "relay";
}

/** As above, for a device. */
export function isDevice(connection: Connection): connection is DeviceConnection {
  return connection.state.phase === "device";
}

/** Whom the hub itself has closed: others must hear of it. */
export interface Ended {
  readonly relay: boolean;
  readonly watcher: boolean;
}

const NOTHING_ENDED: Ended = { relay: false, watcher: false };

/** All sockets of the hub. */
export class Connections {
  readonly #bySocket = new Map<HubSocket, Connection>();
  #ended: Ended = NOTHING_ENDED;

  /** Takes over the sockets that were attached before the object slept. */
  restore(sockets: Iterable<HubSocket>): void {
    for (const socket of sockets) {
      this.#bySocket.set(socket, new Connection(socket, stateOfAttachment(socket.deserializeAttachment())));
    }
  }

  add(socket: HubSocket, state: SocketState): Connection {
    const connection = new Connection(socket, state);
    this.#bySocket.set(socket, connection);
    connection.touch();
    return connection;
  }

  of(socket: HubSocket): Connection | null {
    return this.#bySocket.get(socket) ?? null;
  }

  /** Forgets a socket whose close event came. */
  remove(socket: HubSocket): void {
    this.#bySocket.delete(socket);
  }

  /** Gives a connection its next state. */
  become(connection: Connection, state: SocketState): void {
    connection.state = state;
    connection.touch();
  }

  /** Closes with a code of protocol section 15. Bytes that still arrive are discarded. */
  end(connection: Connection, code: number): void {
    if (connection.state.phase === "over") return;
    const isWatcher = isDevice(connection) && connection.state.nonce !== null;
    this.#ended = { relay: this.#ended.relay || isRelay(connection), watcher: this.#ended.watcher || isWatcher };
    this.become(connection, { phase: "over" });
    connection.save();
    connection.socket.close(code, "");
  }

  /** What `end` has taken away since this was last asked. Its close event comes later and finds nothing left to tell. */
  takeEnded(): Ended {
    const ended = this.#ended;
    this.#ended = NOTHING_ENDED;
    return ended;
  }

  all(): Connection[] {
    return [...this.#bySocket.values()];
  }

  /** The one relay that is proven; null when there is none. */
  relay(): RelayConnection | null {
    return this.all().find(isRelay) ?? null;
  }

  devices(): DeviceConnection[] {
    return this.all().filter(isDevice);
  }

  devicesOf(d: DeviceId): DeviceConnection[] {
    return this.devices().filter((connection) => connection.state.d === d);
  }

  /** Writes every touched state. */
  save(): void {
    for (const connection of this.#bySocket.values()) connection.save();
  }
}

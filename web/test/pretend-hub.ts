// A hub in memory for tests of the device: passes a PretendRelay's frames on, honest unless a test tampers with them.
import {
  AppError,
  deviceToHub,
  packAll,
  parseControl,
  parseFrame,
  randomBytes,
  ROUTES,
  toB64,
  unpackMessage,
  utf8,
  type Bytes,
  type DeviceId,
  type DeviceToHub,
  type HubToDevice,
  type SessionId,
} from "../../schema/index.ts";
import type { Dial, Post, SocketEvents } from "../live/ports.ts";
import type { OpenedCommand, PretendRelay } from "./pretend-relay.ts";

/** Every text and frame is passed through these; null drops it. */
export interface Tampering {
  down?: (frame: Bytes) => Bytes | null;
  up?: (frame: Bytes) => Bytes | null;
}

interface Connection {
  readonly events: SocketEvents;
  kid: DeviceId | null;
  isReady: boolean;
  subs: Map<SessionId, number>;
  nonce: string | null;
}

export class PretendHub {
  readonly relay: PretendRelay;
  readonly tampering: Tampering = {};
  readonly commands: OpenedCommand[] = [];
  /** Byte for byte what devices sent. */
  readonly sentCommands: Bytes[] = [];
  readonly heard: DeviceToHub[] = [];
  readonly connections = new Set<Connection>();
  /** What the relay does with a command; null = no answer. */
  handle: (command: OpenedCommand) => Promise<Bytes | null> = async (command) =>
    this.relay.result(command, { status: "done", data: await this.dataFor(command) });
  isReachable = true;
  beacons = true;
  relayIs: "on" | "off" = "on";

  constructor(relay: PretendRelay) {
    this.relay = relay;
  }

  /** What a well-behaved relay answers. */
  async dataFor({ plain, device }: OpenedCommand): Promise<unknown> {
    if (plain.op !== "device.hello") return plain.op === "session.prompt" ? { before: 0 } : {};
    return { scope: "admin", keyring: toB64(await this.relay.keyring(device)), ops: [], policy: "" };
  }

  readonly post: Post = async (path, _type, body) => {
    if (!this.isReachable) throw new TypeError("fetch failed");
    const json = (status: number, value: unknown) => ({ status, body: utf8(JSON.stringify(value)) });
    if (path === ROUTES.nonce) return json(200, { nonce: "nonce" });
    if (path === ROUTES.token) return json(200, { token: "token", exp: 1 });
    if (!path.startsWith("/v1/pair/") || typeof body === "string") return json(404, { code: "E_NOT_FOUND" });
    const answer = await this.relay.pairing(body);
    const tampered = answer === null ? null : (this.tampering.down?.(answer) ?? answer);
    return tampered === null ? json(404, { code: "E_PAIR_EXPIRED" }) : { status: 200, body: tampered };
  };

  readonly dial: Dial = (_url, _protocols, events) => {
    const connection: Connection = { events, kid: null, isReady: false, subs: new Map(), nonce: null };
    let isOpen = true;
    if (!this.isReachable) {
      queueMicrotask(() => isOpen && events.closed(1006));
      return { send: () => undefined, close: () => (isOpen = false) };
    }
    this.connections.add(connection);
    queueMicrotask(() => {
      events.opened();
      this.#say(connection, { t: "hello", v: 1, nonce: toB64(randomBytes(32)), conn: toB64(randomBytes(16)), time: 1 });
    });
    return {
      send: (data) => void (typeof data === "string" ? this.#text(connection, data) : this.#binary(connection, data)),
      close: () => {
        isOpen = false;
        this.connections.delete(connection);
      },
    };
  };

  /** Cuts every connection as a lost network does, or with a close code. */
  cut(code = 1006): void {
    for (const connection of [...this.connections]) {
      this.connections.delete(connection);
      connection.events.closed(code);
    }
  }

  /** Sends frames to every ready device, in as few messages as hold them. */
  send(...frames: readonly Bytes[]): void {
    for (const connection of this.connections) if (connection.isReady) this.#frames(connection, frames);
  }

  /** Sends frames to one device. */
  sendTo(connection: Connection, ...frames: readonly Bytes[]): void {
    this.#frames(connection, frames);
  }

  /** Appends to a session's log and sends the record to its subscribers. */
  async append(session: SessionId, ...items: readonly object[]): Promise<void> {
    const frame = await this.relay.append(session, items);
    for (const connection of this.connections) if (connection.subs.has(session)) this.#frames(connection, [frame]);
  }

  async head(session: SessionId, more: Parameters<PretendRelay["head"]>[1] = {}): Promise<void> {
    this.send(await this.relay.head(session, more));
  }

  /** Echoes the newest nonce of every watcher. */
  async beacon(): Promise<void> {
    const echo = [...this.connections].flatMap(({ kid, nonce }) =>
      kid === null || nonce === null ? [] : [[kid, nonce] as const],
    );
    this.send(await this.relay.beacon(echo));
  }

  #say(connection: Connection, message: HubToDevice): void {
    connection.events.text(JSON.stringify(message));
  }

  #frames(connection: Connection, frames: readonly Bytes[]): void {
    const passed = frames.flatMap((frame) => {
      const { down } = this.tampering;
      return down === undefined ? [frame] : (down(frame) ?? []);
    });
    for (const message of packAll(passed.map((frame) => frame.slice()))) connection.events.binary(message);
  }

  async #text(connection: Connection, text: string): Promise<void> {
    if (text === "ping") {
      connection.events.text("pong");
      return;
    }
    const message = parseControl(text, deviceToHub);
    this.heard.push(message);
    switch (message.t) {
      case "auth": {
        const device = [...this.relay.devices.values()].find(({ d }) => d === message.kid);
        connection.kid = device?.d ?? null;
        connection.isReady = true;
        this.#say(connection, { t: "ready", role: "device", relay: this.relayIs });
        if (device !== undefined) this.#frames(connection, [await this.relay.keyring(device)]);
        break;
      }
      case "sub":
        await this.#subscribe(connection, message);
        break;
      case "alive":
        connection.nonce = message.nonce;
        if (this.beacons) await this.beacon();
        break;
      case "pull": {
        const log = this.relay.logs.get(message.s);
        this.#frames(connection, log?.frames.slice(message.from - 1, message.to) ?? []);
        break;
      }
      case "blob": {
        const chunk = this.relay.blobs.get(message.bid);
        if (chunk !== undefined) this.#frames(connection, [chunk]);
        break;
      }
      case "got":
      case "list":
        break;
    }
  }

  async #subscribe(connection: Connection, message: Extract<DeviceToHub, { t: "sub" }>): Promise<void> {
    const before = connection.subs;
    connection.nonce = message.nonce;
    connection.subs = new Map(message.subs);
    const docs = this.relay.documents.filter(({ rev }) => rev > message.docs).map(({ frame }) => frame);
    this.#frames(connection, docs);
    for (const [session, after] of message.subs) {
      if ((before.get(session) ?? -1) >= after) continue;
      this.#frames(connection, this.relay.logs.get(session)?.frames.slice(after) ?? []);
    }
    if (this.beacons) await this.beacon();
  }

  async #binary(connection: Connection, data: Bytes): Promise<void> {
    for (const sent of unpackMessage(data)) {
      this.sentCommands.push(sent.slice());
      const frame = this.tampering.up === undefined ? sent : this.tampering.up(sent);
      const command = frame === null ? null : await this.relay.open(frame);
      if (command === null) continue;
      const { g, ctr } = parsedHeader(sent);
      if (command.frame.header.class === 1) this.#say(connection, { t: "queued", g, ctr });
      this.commands.push(command);
      const answer = await this.handle(command);
      if (answer !== null) this.send(answer);
    }
  }
}

function parsedHeader(bytes: Bytes): { readonly g: number; readonly ctr: number } {
  const frame = parseFrame(bytes);
  if (frame.name !== "CMD") throw new AppError("E_FRAME");
  return frame.header;
}

// A hub over real SQLite in the Workers runtime, whose clock, timers, alarm, registry and sockets a test moves by hand.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import {
  deviceIdOf,
  docIdOf,
  exportPublic,
  generateSigningPair,
  HEAD_DOC,
  machineIdOf,
  packMessage,
  signChannel,
  toB64,
  type Bytes,
  type DeviceId,
  type DocId,
  type Grant,
  type HubToDevice,
  type HubToRelay,
  type KeyPair,
  type MachineId,
} from "../../schema/index.ts";
import type { HubSocket } from "../hub/connections.ts";
import { HubRules } from "../hub/hub.ts";
import type { Hub } from "../hub/hub-object.ts";
import type { Opening } from "../hub/socket-state.ts";
import { createTables, type HubStorage } from "../hub/storage.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      readonly HUB: DurableObjectNamespace<Hub>;
    }
  }
}

type Heard = HubToRelay | HubToDevice;
const START = 1_800_000_000_000;

/** A socket in memory. */
export class MemorySocket implements HubSocket {
  readyState = 1;
  closeCode: number | null = null;
  readonly texts: Heard[] = [];
  readonly binary: Uint8Array[] = [];
  #attachment: unknown = null;

  send(message: string | Uint8Array): void {
    if (typeof message === "string") this.texts.push(JSON.parse(message));
    else this.binary.push(message);
  }
  close(code: number): void {
    this.closeCode ??= code;
    this.readyState = 3;
  }
  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }
  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }
  last<T extends Heard["t"]>(t: T): Extract<Heard, { t: T }> | undefined {
    return this.texts.findLast((each): each is Extract<Heard, { t: T }> => each.t === t);
  }
}

/** A hub over real SQLite, with a clock, timers, an alarm and a registry that a test moves by hand. */
export class World {
  readonly start = START;
  now = START;
  alarmAt: number | null = null;
  isRegistryDown = false;
  readonly written: { rev: number; list: readonly Grant[] }[] = [];
  readonly timers: { at: number; run: () => void }[] = [];
  readonly sockets: MemorySocket[] = [];
  readonly storage: HubStorage;
  readonly #headDoc: DocId;
  readonly #budgetBytes: number;
  rules: HubRules;

  constructor(storage: HubStorage, headDoc: DocId, budgetBytes: number) {
    this.storage = storage;
    this.#headDoc = headDoc;
    this.#budgetBytes = budgetBytes;
    this.rules = this.wake();
  }

  /** As after a sleep: nothing but storage, attachments and the alarm is left. */
  wake(): HubRules {
    this.timers.length = 0;
    const deps = {
      now: () => this.now,
      storage: this.storage,
      replaceGrants: async (_: MachineId, rev: number, list: readonly Grant[]) => {
        if (this.isRegistryDown) throw new Error("down");
        this.written.push({ rev, list });
      },
      later: (delayMs: number, run: () => void) => void this.timers.push({ at: this.now + delayMs, run }),
      setAlarm: (at: number) => void (this.alarmAt = at),
      budgetBytes: this.#budgetBytes,
      log: () => undefined,
    };
    const sockets = this.sockets.filter((socket) => socket.readyState === 1);
    this.rules = new HubRules(deps, { sockets, alarmAt: this.alarmAt, headDoc: this.#headDoc, lastPing: () => null });
    return this.rules;
  }

  /** Moves the clock and fires what is due. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    for (const timer of this.timers.splice(0)) {
      if (timer.at <= this.now) timer.run();
      else this.timers.push(timer);
    }
    if (this.alarmAt === null || this.alarmAt > this.now) return;
    this.alarmAt = null;
    await this.rules.alarm();
  }

  accept(opening: Opening): MemorySocket {
    const socket = new MemorySocket();
    this.sockets.push(socket);
    this.rules.accept(socket, opening);
    return socket;
  }

  async connect(peer: Peer, role: "relay" | "device" = peer.role): Promise<MemorySocket> {
    const socket = this.accept(peer.opening);
    const hello = socket.last("hello");
    if (hello === undefined) throw new Error("no hello");
    const proof = { nonce: hello.nonce, conn: hello.conn, machine: peer.opening.m, origin: peer.opening.origin, role };
    const sig = await signChannel(peer.pair.privateKey, proof);
    await this.say(socket, { t: "auth", kid: peer.opening.kid, sig, client: "test" });
    return socket;
  }

  say(socket: MemorySocket, message: object): Promise<void> {
    return this.rules.text(socket, JSON.stringify(message));
  }

  send(socket: MemorySocket, ...frames: readonly Bytes[]): Promise<void> {
    return this.rules.binary(socket, packMessage(frames));
  }
}

/** A relay or a device, with what the Worker has established about it. */
export interface Peer {
  readonly role: "relay" | "device";
  readonly pair: KeyPair;
  readonly point: Bytes;
  readonly opening: Opening;
}

const ORIGIN = "https://kelpie.example";

/** A fresh device of this machine. */
export async function newDevicePeer(m: MachineId): Promise<Peer & { readonly d: DeviceId }> {
  const pair = await generateSigningPair(true);
  const point = await exportPublic(pair.publicKey);
  const d = await deviceIdOf(point);
  const opening: Opening = { m, grantsRev: 0, role: "device", kid: d, key: toB64(point), origin: ORIGIN };
  return { role: "device", pair, point, opening, d };
}

/** A fresh machine's relay. */
export async function newRelayPeer(): Promise<Peer & { readonly m: MachineId }> {
  const pair = await generateSigningPair(true);
  const point = await exportPublic(pair.publicKey);
  const m = await machineIdOf(point);
  const opening: Opening = { m, grantsRev: 0, role: "relay", kid: m, key: toB64(point), origin: "" };
  return { role: "relay", pair, point, opening, m };
}

/** Runs with a world over the storage of a fresh object. */
export async function inside(run: (world: World) => Promise<void>, budgetBytes = 1e9): Promise<void> {
  const headDoc = await docIdOf(HEAD_DOC);
  await runInDurableObject(env.HUB.get(env.HUB.newUniqueId()), async (_, state) => {
    createTables(state.storage.sql);
    await run(new World(state.storage, headDoc, budgetBytes));
  });
}

// A device made of the real wire and nothing else: keys, token, socket, subscription, commands.
import {
  deviceIdOf,
  encodePlain,
  exportPublic,
  generateSigningPair,
  NO_BOOT,
  proofOfPossession,
  randomBytes,
  sealFrame,
  signChannel,
  SUBPROTOCOL,
  toB64,
  TOKEN_SUBPROTOCOL,
  type BootId,
  type Bytes,
  type DeviceId,
  type KeyPair,
  type SessionId,
} from "../../schema/index.ts";
import { buyToken, freshNonce, type FakeRelay } from "./fake-relay.ts";
import { FakeSocket } from "./fake-socket.ts";
import type { TestWorker } from "./harness.ts";

/** One browser profile. */
export class FakeDevice {
  readonly worker: TestWorker;
  readonly pair: KeyPair;
  readonly da: Bytes;
  readonly d: DeviceId;

  constructor(worker: TestWorker, parts: { pair: KeyPair; da: Bytes; d: DeviceId }) {
    this.worker = worker;
    this.pair = parts.pair;
    this.da = parts.da;
    this.d = parts.d;
  }

  static async create(worker: TestWorker): Promise<FakeDevice> {
    const pair = await generateSigningPair(true);
    const da = await exportPublic(pair.publicKey);
    return new FakeDevice(worker, { pair, da, d: await deviceIdOf(da) });
  }

  async token(): Promise<string> {
    const claims = { kid: this.d, audience: this.worker.url, nonce: await freshNonce(this.worker) };
    return buyToken(this.worker, await proofOfPossession(this.pair.privateKey, claims));
  }

  /** A socket that has not answered the hello. */
  async dial(relay: FakeRelay, given?: string): Promise<FakeSocket> {
    const token = given ?? (await this.token());
    const protocols = [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${token}`];
    return FakeSocket.open(this.worker.socketUrl(relay.m), protocols, { Origin: this.worker.url });
  }

  /** A proven socket. */
  async connect(relay: FakeRelay, token?: string): Promise<FakeSocket> {
    const socket = await this.dial(relay, token);
    await this.prove(socket, relay);
    return socket;
  }

  async prove(socket: FakeSocket, relay: FakeRelay): Promise<void> {
    const { nonce, conn } = await socket.hear("hello");
    const proof = { nonce, conn, machine: relay.m, origin: this.worker.url, role: "device" } as const;
    socket.say({ t: "auth", kid: this.d, sig: await signChannel(this.pair.privateKey, proof), client: "test" });
    await socket.hear("ready");
  }

  /** A command; durable unless told otherwise. */
  command(
    relay: FakeRelay,
    ctr: number,
    choice: { ttlMs?: number; live?: boolean; bytes?: number } = {},
  ): Promise<Bytes> {
    const { ttlMs = 60_000, live = false, bytes = 10 } = choice;
    const boot = live ? (toB64(randomBytes(16)) as BootId) : NO_BOOT;
    const header = { m: relay.m, d: this.d, g: 1, ctr, exp: Date.now() + ttlMs, class: live ? 2 : 1, boot };
    return sealFrame("CMD", header, relay.root, encodePlain("CMD", { op: "x", args: "y".repeat(bytes) }));
  }
}

/** A `sub`; documents from the first unless told otherwise. */
export function sub(subs: readonly (readonly [SessionId, number])[], docs = 0) {
  return { t: "sub", subs, docs, nonce: toB64(randomBytes(16)) };
}

/** Seqs of the records a socket got for a session. */
export function seqsOf(socket: FakeSocket, s: SessionId): number[] {
  return socket.frames.flatMap((frame) =>
    frame.name === "EVT" && frame.header.session === s ? [frame.header.seq] : [],
  );
}

/** `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

// A device's socket without a device behind it: proves itself, subscribes, reports what it got, and notes when each
// record came. Two hundred of them cost little, so that what is measured is the hub and not their decryption.
import WebSocket from "ws";
import {
  GOT_EVERY_BYTES,
  parseFrame,
  randomBytes,
  toB64,
  unpackMessage,
  type Bytes,
  type DeviceToHub,
  type Frame,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import { TokenSource } from "../../web/live/auth.ts";
import type { Clock } from "../../web/live/clock.ts";
import { MachineKeys } from "../../web/live/keyring.ts";
import { Link } from "../../web/live/link.ts";
import type { IdentityRow } from "../../web/live/live-store.ts";
import { ProofKeeper } from "../../web/live/proof-keeper.ts";
import { dialWith } from "../../web/live/socket.ts";
import type { Device } from "../../web/test/device.ts";
import { nowNs } from "./stamped-line.ts";

/** As the app does (intake.ts, machine.ts). */
const GOT_IDLE_MS = 400;
const ALIVE_MS = 30_000;
const READY_WITHIN_MS = 20_000;

/** One record of the session, as it came. */
export interface Arrival {
  readonly seq: number;
  readonly atNs: bigint;
  readonly bytes: number;
}

export interface ViewerOptions {
  /** Paired; lends its identity. */
  readonly device: Device;
  readonly machine: MachineId;
  readonly session: SessionId;
  /** Records up to this one are not wanted. */
  readonly after: number;
  /** Opens beacons too, as the app does, to know when the machine is proven live. Costs a signature check each. */
  readonly proves?: boolean;
}

/** One machine as this device proves it: the app's own rules and keys. */
interface Proving {
  readonly keeper: ProofKeeper;
  readonly keys: MachineKeys;
}

export class Viewer {
  readonly arrivals: Arrival[] = [];
  /** Bytes of all binary messages. */
  bytes = 0;
  /** When each attempt to connect began, and when the machine became proven live, on performance.now(). */
  readonly attemptsAt: number[] = [];
  readonly liveAt: number[] = [];
  readonly #options: ViewerOptions;
  readonly #waiters = new Set<() => void>();
  #link: Link | null = null;
  #proving: Proving | null = null;
  #lastAttemptAt: number | null = null;
  #isLive = false;
  #isFrozen = false;
  #socket: WebSocket | null = null;
  #reported = 0;
  #idle: NodeJS.Timeout | undefined;
  #alive: NodeJS.Timeout | undefined;

  constructor(options: ViewerOptions) {
    this.#options = options;
  }

  /** Resolves when the subscription was sent. */
  async open(): Promise<void> {
    const { device, machine, session, after, proves } = this.#options;
    const identity = await device.store.identity();
    if (identity === null) throw new TypeError("the device is not paired");
    if (proves === true) this.#proving = await provingOf(device, machine, identity);
    const { origin } = device.core.platform;
    const dial = dialWith((url, protocols) => {
      this.#socket = new WebSocket(url, protocols, { origin, perMessageDeflate: false });
      return this.#socket;
    });
    const { clock } = device.core.platform;
    const freezable: Clock = {
      ...clock,
      after: (ms, run) =>
        clock.after(ms, () => {
          if (!this.#isFrozen) run();
        }),
    };
    const platform = { ...device.core.platform, dial, clock: freezable };
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("a viewer was not let in")), READY_WITHIN_MS);
      const ready = (): void => {
        // A new connection counts its bytes anew.
        [this.bytes, this.#reported] = [0, 0];
        this.#say({ t: "sub", subs: [[session, Math.max(after, this.newestSeq)]], docs: 0, nonce: this.#nonce() });
        clearInterval(this.#alive);
        this.#alive = setInterval(() => this.#say({ t: "alive", nonce: this.#nonce() }), ALIVE_MS);
        clearTimeout(late);
        resolve();
      };
      const ignore = (): void => undefined;
      const changed = (): void => this.#linkChanged();
      const listener = { ready, changed, control: ignore, unknown: ignore, binary: this.#take.bind(this) };
      const tokens = new TokenSource(platform, identity, machine);
      this.#link = new Link({ platform, machine, identity, tokens, listener });
      this.#link.start({ visible: true, online: true });
    });
  }

  /**
   * As a device that is frozen: reads nothing more, says nothing more, and its clock stands still. So it keeps its socket,
   * where one that runs would give up the silent connection after 45 s and read on from a new one. For good.
   */
  stall(): void {
    this.#isFrozen = true;
    this.#socket?.pause();
    clearInterval(this.#alive);
    clearTimeout(this.#idle);
  }

  close(): void {
    clearInterval(this.#alive);
    clearTimeout(this.#idle);
    this.#link?.stop();
    this.#socket?.terminate();
  }

  get newestSeq(): number {
    return this.arrivals.at(-1)?.seq ?? this.#options.after;
  }

  /** Resolves when the record has come. */
  reaches(seq: number): Promise<void> {
    return this.#until(() => this.newestSeq >= seq);
  }

  /** Resolves when the machine has become live so many times. Only for one that `proves`. */
  becomesLive(times: number): Promise<void> {
    return this.#until(() => this.liveAt.length >= times);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  #take(message: Bytes): void {
    const atNs = nowNs();
    this.bytes += message.length;
    for (const bytes of unpackMessage(message)) {
      const frame = parseFrame(bytes);
      if (frame.name === "BEACON") void this.#prove(frame);
      if (frame.name !== "EVT" || frame.header.session !== this.#options.session) continue;
      this.arrivals.push({ seq: frame.header.seq, atNs, bytes: bytes.length });
    }
    for (const look of [...this.#waiters]) look();
    clearTimeout(this.#idle);
    if (this.bytes - this.#reported >= GOT_EVERY_BYTES) this.#report();
    else this.#idle = setTimeout(() => this.#report(), GOT_IDLE_MS);
  }

  #linkChanged(): void {
    if (this.#link === null) return;
    const { state } = this.#link;
    if (state.lastAttemptAt !== this.#lastAttemptAt) this.attemptsAt.push(performance.now());
    this.#lastAttemptAt = state.lastAttemptAt;
    this.#proving?.keeper.linkChanged(state);
    this.#lookWhetherLive();
  }

  async #prove(frame: Frame<"BEACON">): Promise<void> {
    if (this.#proving === null) return;
    await this.#proving.keeper.receive(frame, this.#proving.keys);
    this.#lookWhetherLive();
  }

  #lookWhetherLive(): void {
    if (this.#link === null || this.#proving === null) return;
    const isLive = this.#proving.keeper.liveness(this.#link.state).status === "live";
    if (isLive && !this.#isLive) this.liveAt.push(performance.now());
    this.#isLive = isLive;
    for (const look of [...this.#waiters]) look();
  }

  #nonce(): string {
    return this.#proving?.keeper.nextNonce() ?? toB64(randomBytes(16));
  }

  #report(): void {
    this.#reported = this.bytes;
    this.#say({ t: "got", bytes: this.bytes });
  }

  #say(message: DeviceToHub): void {
    this.#link?.send(message);
  }
}

async function provingOf(device: Device, machine: MachineId, { d }: IdentityRow): Promise<Proving> {
  const row = (await device.store.machines()).find(({ m }) => m === machine);
  if (row === undefined) throw new TypeError("the device is not paired");
  return { keeper: new ProofKeeper(device.core.platform.clock, machine, d, row), keys: await MachineKeys.of(row) };
}

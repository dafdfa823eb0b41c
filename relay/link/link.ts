// The connection out and its life: dial, prove, keep alive, come back. Owns one connection at a time; the rules are in
// link-state.ts, the conversation in connection.ts.
import {
  AppError,
  CLOCK_JUMP_MS,
  PING,
  type BootId,
  type Bytes,
  type DeviceId,
  type PairId,
  type RelayToHub,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { Commands } from "../commands/ports.ts";
import type { DocumentStore, SessionLog } from "../journal/ports.ts";
import type { Devices, Epochs, Identity, Keyrings, Pairing } from "../trust/ports.ts";
import { Connection } from "./connection.ts";
import type { Socket, SocketEvents } from "./dial.ts";
import type { Restoring } from "./restoring.ts";
import { deadlineOf, firstState, nextLink, type LinkEvent, type LinkState } from "./link-state.ts";

/** Wall clock against monotonic clock is compared this often: often enough to notice a sleep, rare enough to be free. */
const SLEEP_CHECK_MS = 5_000;

/** Everything the link connects. */
export interface LinkParts {
  /** Opens one socket to the hub; rejects with an AppError when there is none to be had. */
  readonly dial: (events: SocketEvents) => Promise<Socket>;
  readonly identity: Identity;
  readonly log: SessionLog;
  readonly documents: DocumentStore;
  readonly devices: Devices;
  readonly epochs: Epochs;
  readonly keyrings: Keyrings;
  readonly pairing: Pairing;
  readonly commands: Pick<Commands, "receive">;
  readonly restoring: Restoring;
  readonly boot: BootId;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Structured events for the log: ids and codes only. */
  readonly note: (event: string, facts?: Readonly<Record<string, unknown>>) => void;
}

export class Link {
  readonly #parts: LinkParts;
  readonly #listeners = new Set<(state: LinkState) => void>();
  readonly #unsubscribe: (() => void)[] = [];
  #state: LinkState;
  #connection: Connection | null = null;
  #socket: Socket | null = null;
  #cancelTick: () => void = () => undefined;
  #cancelSleepCheck: () => void = () => undefined;
  #openPids: readonly PairId[] = [];
  #attempts = 0;
  /** Beacons of this boot, over all its connections. */
  #beacons = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#state = firstState(parts.clock.now());
  }

  /** Begins to dial and never stops trying until `stop`. */
  start(): void {
    const { log, documents, devices, pairing } = this.#parts;
    this.#unsubscribe.push(
      log.onCommitted((sessions) => this.#connection?.committed(sessions)),
      documents.onChanged(() => this.#connection?.documentsChanged()),
      devices.onChanged(() => this.#connection?.trustChanged()),
      pairing.onChanged(() => this.#pairingChanged()),
    );
    this.#watchForSleep();
    this.#on({ type: "tick", random: this.#parts.random() });
  }

  /** Closes for good. Idempotent. */
  stop(): void {
    this.#on({ type: "stop" });
    this.#cancelTick();
    this.#cancelSleepCheck();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** True while a device watches: only then is a small change worth telling. */
  isWatched(): boolean {
    return this.#connection?.isWatched() ?? false;
  }

  state(): LinkState {
    return this.#state;
  }

  /** Every change of state. Returns the unsubscriber. */
  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A RES frame; dropped while offline, since the command's retry brings it again. */
  sendResult(frame: Bytes): void {
    this.#connection?.sendFrame(frame);
  }

  /** A durable command is safe here: the hub may forget it. */
  gotCommand(d: DeviceId, g: number, ctr: number): void {
    this.#send({ t: "cgot", d, g, ctr });
  }

  #send(message: RelayToHub): void {
    this.#connection?.send(message);
  }

  #on(event: LinkEvent): void {
    const { clock } = this.#parts;
    const before = this.#state;
    const { state, effects } = nextLink(before, event, clock.now());
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === "dial") void this.#dial();
      else if (effect.do === "ping") this.#socket?.send(PING);
      else this.#drop();
    }
    this.#schedule();
    if (before.status !== state.status) for (const listener of this.#listeners) listener(state);
  }

  #schedule(): void {
    this.#cancelTick();
    const due = deadlineOf(this.#state);
    if (due === null) return;
    const { clock, random } = this.#parts;
    const delayMs = Math.max(0, due - clock.now());
    this.#cancelTick = clock.setTimer(() => this.#on({ type: "tick", random: random() }), delayMs);
  }

  async #dial(): Promise<void> {
    const { dial, note, random } = this.#parts;
    const number = ++this.#attempts;
    const attempt: { connection: Connection | null } = { connection: null };
    const isCurrent = (): boolean =>
      number === this.#attempts && (attempt.connection === null || attempt.connection === this.#connection);
    try {
      const socket = await dial({
        opened: () => isCurrent() && this.#on({ type: "opened" }),
        text: (message) => attempt.connection?.text(message),
        binary: (message) => attempt.connection?.binary(message),
        closed: (code, reason) => {
          if (!isCurrent()) return;
          note("link-closed", { code, reason });
          this.#drop();
          this.#on({ type: "lost", closeCode: code, random: random() });
        },
      });
      // The attempt took too long and another one began: two sockets would fence each other.
      if (number !== this.#attempts || this.#state.status !== "dialling") return socket.close(1000);
      this.#socket = socket;
      this.#connection = new Connection({ ...this.#parts, nextBeacon: () => ++this.#beacons }, socket, {
        ready: () => this.#on({ type: "ready" }),
        heard: () => this.#on({ type: "heard" }),
        broken: (error) => {
          note("link-broken", { code: error.code, reason: error.message });
          this.#drop();
          this.#on({ type: "lost", closeCode: null, random: random() });
        },
      });
      attempt.connection = this.#connection;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      note("dial-failed", { code: error.code, reason: error.message });
      if (number !== this.#attempts) return;
      this.#on({ type: "lost", closeCode: null, random: random() });
    }
  }

  #drop(): void {
    this.#connection?.close();
    this.#connection = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #pairingChanged(): void {
    const open = this.#parts.pairing.open().map(({ pid }) => pid);
    const closed = this.#openPids.filter((pid) => !open.includes(pid));
    this.#openPids = open;
    this.#connection?.pairingChanged(closed);
  }

  #watchForSleep(): void {
    const { clock, random, note } = this.#parts;
    const wall = clock.now();
    const monotonic = clock.monotonic();
    this.#cancelSleepCheck = clock.setTimer(() => {
      const sleptMs = clock.now() - wall - (clock.monotonic() - monotonic);
      if (Math.abs(sleptMs) >= CLOCK_JUMP_MS) {
        note("woke", { sleptMs });
        this.#on({ type: "woke", random: random() });
      }
      this.#watchForSleep();
    }, SLEEP_CHECK_MS);
  }
}

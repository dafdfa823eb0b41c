// Pairing at the relay: the shell around pairing-state.ts. Holds the links' keys in memory only, and no longer than the
// state machine allows: a restart closes every invitation.
import {
  AppError,
  equalBytes,
  hashOf,
  importSecret,
  isFrame,
  PAIR_LINK_MS,
  PAIR_REPLY_KEPT_MS,
  PAIRS_OPEN,
  pairKeys,
  pairwiseKeys,
  parseFrame,
  randomBytes,
  SECRET_BYTES,
  utf8,
  type Bytes,
  type DeviceId,
  type Frame,
  type PairId,
  type PairKeys,
  type Scope,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import {
  answerPair1,
  checkPair3,
  makePair4,
  openPair,
  type Commitment,
  type PairHost,
  type Proven,
} from "./pairing-frames.ts";
import { deadlineOf, nextPair, type PairEffect, type PairInput, type PairState } from "./pairing-state.ts";
import type { Invitation, Pairing, PairingEvent } from "./ports.ts";
import { Serial } from "./serial.ts";
import type { TrustStore } from "./trust-store.ts";

/** What pairing works with. `digits` is false only for the Worker that this relay runs on a loopback origin. */
export interface PairingParts {
  readonly store: TrustStore;
  readonly host: PairHost;
  readonly clock: Clock;
  readonly digits: boolean;
}

type Replies = readonly Bytes[];

interface Invited {
  readonly pid: PairId;
  readonly grant: { readonly scope: Scope; readonly shell: boolean };
  readonly serial: Serial;
  state: PairState;
  /** Keys of the link, and what the frames brought: erased when `confirm` is left. */
  secrets: { readonly keys: PairKeys; committed: Commitment | null; proven: Proven | null } | null;
  /** Answers as sent, for identical repetitions. */
  pair2: Replies;
  pair4: { readonly reply: Promise<Replies>; settle(replies: Replies): void };
  d: DeviceId | null;
}

/** Pairing with at most PAIRS_OPEN invitations at a time. */
export class PairingDesk implements Pairing {
  readonly #parts: PairingParts;
  readonly #invited = new Map<PairId, Invited>();
  readonly #listeners = new Set<(event: PairingEvent) => void>();
  readonly #changed = new Set<() => void>();
  #cancelTimer: () => void = () => undefined;

  constructor(parts: PairingParts) {
    this.#parts = parts;
    parts.store.onChanged(() => this.#forgetSettled());
  }

  async invite(grant: { readonly scope: Scope; readonly shell: boolean }): Promise<Invitation> {
    this.#sweep();
    if (this.#usable().length >= PAIRS_OPEN) throw busy();
    const secret = randomBytes(SECRET_BYTES);
    const keys = await pairKeys(secret.slice());
    if (this.#usable().length >= PAIRS_OPEN) throw busy();
    const exp = this.#parts.clock.now() + PAIR_LINK_MS;
    const { pid } = keys;
    const secrets = { keys, committed: null, proven: null };
    const state: PairState = { status: "open", exp };
    const serial = new Serial();
    this.#invited.set(pid, { pid, grant, serial, state, secrets, pair2: [], pair4: deferred(), d: null });
    this.#makeRoom();
    this.#moved();
    return { pid, secret, exp };
  }

  async accept(pid: PairId, code: string): Promise<DeviceId> {
    this.#sweep();
    const invited = this.#invited.get(pid);
    if (invited === undefined) throw expired();
    return invited.serial.run(async () => {
      const proven = invited.secrets?.proven;
      if (invited.state.status !== "confirm" || proven === null || proven === undefined) throw expired();
      const isRight = equalBytes(utf8(code), utf8(proven.code));
      const effect = this.#step(invited, { type: "code", isRight });
      if (effect === "admit") return this.#admit(invited);
      if (effect === "expire") throw expired();
      const triesLeft = invited.state.status === "confirm" ? invited.state.triesLeft : 0;
      throw new AppError("E_PAIR_CODE", { reason: "the digits differ from those on the new device", triesLeft });
    });
  }

  cancel(pid: PairId): void {
    const invited = this.#invited.get(pid);
    if (invited !== undefined) this.#step(invited, { type: "cancel" });
  }

  open(): readonly { readonly pid: PairId; readonly exp: number }[] {
    return [...this.#invited.values()].map(({ pid, state }) => ({
      pid,
      // The hub must go on passing frames while digits are typed, and while PAIR4 may have to be repeated.
      exp: state.status === "pending" ? state.exp + PAIR_REPLY_KEPT_MS : Math.max(state.exp, deadlineOf(state)),
    }));
  }

  async receive(bytes: Bytes): Promise<Replies> {
    this.#sweep();
    const frame = pairFrameOf(bytes);
    const invited = frame === null ? undefined : this.#invited.get(frame.header.pid);
    if (frame === null || invited === undefined) return [];
    // Wrapped, because a job that returned the promise of PAIR4 itself would hold up the digits that settle it.
    const { replies } = await invited.serial.run(async () => ({ replies: await this.#take(invited, frame) }));
    return replies();
  }

  on(listener: (event: PairingEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onChanged(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** Ends the timer; open invitations stay as they are. */
  stop(): void {
    this.#cancelTimer();
  }

  async #take(invited: Invited, frame: Frame<"PAIR1"> | Frame<"PAIR3">): Promise<() => Replies | Promise<Replies>> {
    const nothing = (): Replies => [];
    const hash = await hashOf(frame.bytes);
    const isFirst = isFrame(frame, "PAIR1");
    const type = isFirst ? "pair1" : "pair3";
    if (this.#isRepeat(invited, type, hash)) return this.#replies(invited, type);
    const { secrets } = invited;
    if (secrets === null) return nothing;
    const plaintext = await openPair(frame, secrets.keys);
    if (plaintext === null) return nothing;
    const { host } = this.#parts;
    let isValid = true;
    if (isFirst && invited.state.status === "open") {
      secrets.committed = await answerPair1(frame, plaintext, secrets.keys, host);
      isValid = secrets.committed !== null;
    }
    if (!isFirst && secrets.committed !== null && invited.state.status === "committed") {
      secrets.proven = await checkPair3(frame, plaintext, secrets.keys, host, secrets.committed);
      isValid = secrets.proven !== null;
    }
    const effect = this.#step(invited, { type, hash, isValid });
    if (effect === "commit" && secrets.committed !== null) invited.pair2 = [secrets.committed.pair2];
    if (effect === "admit" && !(await this.#admitted(invited))) return nothing;
    return effect === "commit" || effect === "admit" || effect === "ask" ? this.#replies(invited, type) : nothing;
  }

  #isRepeat(invited: Invited, type: "pair1" | "pair3", hash: string): boolean {
    const { state } = invited;
    if (state.status === "open" || state.status === "closed") return false;
    if (type === "pair1") return state.first === hash;
    return state.status !== "committed" && state.third === hash;
  }

  #replies(invited: Invited, type: "pair1" | "pair3"): () => Replies | Promise<Replies> {
    return () => (type === "pair1" ? invited.pair2 : invited.pair4.reply);
  }

  /** False when it was refused (the disk, too many devices): the person hears of it by the event, the device by silence. */
  async #admitted(invited: Invited): Promise<boolean> {
    try {
      await this.#admit(invited);
      return true;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  /** Stores the device, then makes what tells it; in this order, so that PAIR4 never promises what is not committed. */
  async #admit(invited: Invited): Promise<DeviceId> {
    const { store, host } = this.#parts;
    const { secrets, grant, pid } = invited;
    const committed = secrets?.committed;
    const proven = secrets?.proven;
    if (committed === null || committed === undefined || proven === null || proven === undefined) throw expired();
    const { da, name } = committed;
    const { root, transcript } = proven;
    try {
      const keys = await pairwiseKeys(await importSecret(root.slice()));
      const pair4 = await makePair4(pid, keys.res, host, { da, scope: grant.scope, transcript });
      const d = await store.admit({ da, name, ...grant }, root);
      invited.d = d;
      const ring = (await store.all()).find((entry) => entry.d === d);
      invited.pair4.settle(ring === undefined ? [pair4] : [pair4, ring.frame]);
      this.#tell({ type: "paired", pid, d, name, scope: grant.scope });
      return d;
    } catch (error) {
      invited.state = { status: "closed", exp: invited.state.exp, why: "aborted" };
      this.#close(invited, { type: "aborted", pid, code: error instanceof AppError ? error.code : "E_INTERNAL" });
      throw error;
    } finally {
      root.fill(0);
      invited.secrets = null;
    }
  }

  #step(invited: Invited, input: PairInput): PairEffect {
    const { clock, digits } = this.#parts;
    const { pid } = invited;
    const { state, effect } = nextPair(invited.state, input, { now: clock.now(), digits });
    invited.state = state;
    const name = invited.secrets?.committed?.name ?? "";
    if (effect === "ask" && state.status === "confirm") this.#tell({ type: "waiting", pid, name, until: state.until });
    if (effect === "abort") this.#close(invited, { type: "aborted", pid, code: "E_PAIR_USED" });
    if (effect === "cancel") this.#close(invited, { type: "aborted", pid, code: "E_PAIR_EXPIRED" });
    if (effect === "expire") this.#close(invited, { type: "expired", pid });
    if (effect === "commit" || effect === "ask" || effect === "admit") this.#moved();
    return effect;
  }

  /** Over, without a device: every key of it is erased. */
  #close(invited: Invited, event: PairingEvent): void {
    invited.secrets?.proven?.root.fill(0);
    invited.secrets = null;
    invited.pair4.settle([]);
    this.#invited.delete(invited.pid);
    this.#tell(event);
    this.#moved();
  }

  #usable(): Invited[] {
    return [...this.#invited.values()].filter(({ state }) => state.status !== "pending");
  }

  /** The hub keeps PAIRS_OPEN pids: a finished one gives way to a new one. */
  #makeRoom(): void {
    for (const { pid, state } of this.#invited.values()) {
      if (this.#invited.size <= PAIRS_OPEN) return;
      if (state.status === "pending") this.#invited.delete(pid);
    }
  }

  /** A device that said hello has its PAIR4: nothing need be repeated. */
  #forgetSettled(): void {
    const done = [...this.#invited.values()].filter(
      ({ d }) => d !== null && this.#parts.store.get(d)?.state === "active",
    );
    for (const { pid } of done) this.#invited.delete(pid);
    if (done.length > 0) this.#moved();
  }

  /** Closes what is too late; called at every entry and by the one timer. */
  #sweep(): void {
    const now = this.#parts.clock.now();
    for (const invited of [...this.#invited.values()]) {
      if (invited.state.status !== "pending") this.#step(invited, { type: "tick" });
      else if (now >= invited.state.exp + PAIR_REPLY_KEPT_MS) this.#invited.delete(invited.pid);
    }
  }

  #tell(event: PairingEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #moved(): void {
    this.#cancelTimer();
    const ends = this.open().map(({ pid, exp }) => {
      const state = this.#invited.get(pid)?.state;
      return state === undefined || state.status === "pending" ? exp : deadlineOf(state);
    });
    if (ends.length > 0) {
      const { clock } = this.#parts;
      const sweep = (): void => {
        this.#sweep();
        this.#moved();
      };
      this.#cancelTimer = clock.setTimer(sweep, Math.max(0, Math.min(...ends) - clock.now()) + 1);
    }
    for (const listener of this.#changed) listener();
  }
}

function busy(): AppError {
  return new AppError("E_BUSY", { reason: `${PAIRS_OPEN} pairing links are open; use one, or wait until one ends` });
}

function expired(): AppError {
  return new AppError("E_PAIR_EXPIRED", { reason: "this pairing is over; make a new link" });
}

function pairFrameOf(bytes: Bytes): Frame<"PAIR1"> | Frame<"PAIR3"> | null {
  try {
    const frame = parseFrame(bytes);
    return isFrame(frame, "PAIR1") || isFrame(frame, "PAIR3") ? frame : null;
  } catch (error) {
    if (error instanceof AppError) return null; // garbled bytes from outside are dropped, not answered
    throw error;
  }
}

function deferred(): Invited["pair4"] {
  const { promise, resolve } = Promise.withResolvers<Replies>();
  return { reply: promise, settle: resolve };
}

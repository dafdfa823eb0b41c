// The long poll of a new device through the relay's socket (protocol section 5). Posts that wait are in memory: one whose
// object goes away fails, and is posted again.
import {
  AppError,
  concat,
  isFrame,
  lp,
  packMessage,
  PAIR_ADDRESSES,
  PAIR_POLL_MS,
  PAIR_POSTS,
  PAIR_REPLY_KEPT_MS,
  PAIR_SETTLE_MS,
  PAIR_UNKNOWN_PER_MINUTE,
  PAIRS_OPEN,
  parseFrame,
  type AnyFrame,
  type Bytes,
  type ErrorCode,
  type PairId,
} from "../../schema/index.ts";
import type { RelayConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";

/** What a pairing post is answered with. */
export type PairAnswer =
  | { readonly status: "frames"; readonly bytes: Bytes }
  /** Nothing yet: post the same bytes again. */
  | { readonly status: "silent" }
  | { readonly status: "refused"; readonly code: ErrorCode; readonly retryMs?: number };

type Reply = "PAIR2" | "PAIR4";

interface Waiter {
  readonly pid: PairId;
  readonly wants: Reply;
  readonly answer: (answer: PairAnswer) => void;
}

const MINUTE_MS = 60_000;

/** Pairings of one hub. */
export class Pairing {
  readonly #parts: HubParts;
  readonly #grantsWritten: () => Promise<boolean>;
  readonly #waiters = new Set<Waiter>();
  /** Posts for unknown pids, per address, in the current minute. In memory: it only slows guessing of 128 bits down. */
  readonly #unknown = new Map<string, { count: number; since: number }>();

  /** `grantsWritten` resolves to true when no grants push is waiting for the registry. */
  constructor(parts: HubParts, grantsWritten: () => Promise<boolean>) {
    this.#parts = parts;
    this.#grantsWritten = grantsWritten;
  }

  /** Passes PAIR1 or PAIR3 on and waits for the answer, at most PAIR_POLL_MS. `address` is the sender's. */
  async post(bytes: Bytes, address: string): Promise<PairAnswer> {
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "PAIR1") && !isFrame(frame, "PAIR3")) return { status: "refused", code: "E_FRAME" };
    const relay = this.#parts.connections.relay();
    if (relay === null) return { status: "refused", code: "E_OFFLINE" };
    const refusal = this.#refusal(relay, frame.header.pid, address);
    if (refusal !== null) return refusal;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        pid: frame.header.pid,
        wants: frame.name === "PAIR1" ? "PAIR2" : "PAIR4",
        answer: (answer) => {
          this.#waiters.delete(waiter);
          resolve(answer);
        },
      };
      this.#waiters.add(waiter);
      relay.send(packMessage([frame.bytes]));
      this.#parts.later(PAIR_POLL_MS, () => waiter.answer({ status: "silent" }));
    });
  }

  #refusal(relay: RelayConnection, pid: PairId, address: string): PairAnswer | null {
    const now = this.#parts.now();
    const open = relay.state.pairs.find((each) => each.pid === pid && now < each.exp + PAIR_REPLY_KEPT_MS);
    if (open === undefined) {
      if (this.#isGuessing(address, now)) return { status: "refused", code: "E_RATE", retryMs: MINUTE_MS };
      // A relay that is only just back has not repeated its open pairings yet; "expired" would end one that still goes on.
      const isSettled = relay.state.synced && now - relay.state.since >= PAIR_SETTLE_MS;
      return { status: "refused", code: isSettled ? "E_PAIR_EXPIRED" : "E_OFFLINE" };
    }
    if (open.posts >= PAIR_POSTS) return { status: "refused", code: "E_RATE" };
    open.posts += 1;
    relay.touch();
    return null;
  }

  #isGuessing(address: string, now: number): boolean {
    const before = this.#unknown.get(address);
    const entry = before === undefined || now - before.since >= MINUTE_MS ? { count: 0, since: now } : before;
    entry.count += 1;
    this.#unknown.delete(address);
    this.#unknown.set(address, entry);
    const oldest = this.#unknown.keys().next();
    if (this.#unknown.size > PAIR_ADDRESSES && oldest.done !== true) this.#unknown.delete(oldest.value);
    return entry.count > PAIR_UNKNOWN_PER_MINUTE;
  }

  /** The relay accepts posts for `pid`; refused when PAIRS_OPEN are open already. Idempotent. */
  open(relay: RelayConnection, pid: PairId, exp: number): void {
    const now = this.#parts.now();
    const before = relay.state.pairs.find((each) => each.pid === pid);
    const others = relay.state.pairs.filter((each) => each.pid !== pid && now < each.exp + PAIR_REPLY_KEPT_MS);
    if (others.filter((each) => now < each.exp).length >= PAIRS_OPEN) {
      return relay.say({ t: "err", code: "E_RATE", ref: pid });
    }
    relay.state.pairs = [...others.slice(-PAIRS_OPEN), { pid, exp, posts: before?.posts ?? 0 }];
    relay.touch();
  }

  /** The relay has given up on `pid`: whoever waits learns it. Idempotent. */
  close(relay: RelayConnection, pid: PairId): void {
    relay.state.pairs = relay.state.pairs.filter((each) => each.pid !== pid);
    relay.touch();
    this.#answer(pid, null, { status: "refused", code: "E_PAIR_EXPIRED" });
  }

  /** The relay is gone: nobody will answer. */
  abandon(): void {
    for (const waiter of [...this.#waiters]) waiter.answer({ status: "refused", code: "E_OFFLINE" });
  }

  /** Replies among a relay's frames. PAIR4 and the KEYRING right after it leave only once the grants are written. */
  async reply(frames: readonly AnyFrame[]): Promise<void> {
    for (const [index, frame] of frames.entries()) {
      if (isFrame(frame, "PAIR2")) this.#answer(frame.header.pid, "PAIR2", { status: "frames", bytes: frame.bytes });
      if (!isFrame(frame, "PAIR4")) continue;
      const ring = frames[index + 1];
      if (ring?.name !== "KEYRING") throw new AppError("E_FRAME", { reason: "PAIR4 without its keyring" });
      const bytes = concat(lp(frame.bytes), lp(ring.bytes));
      // Otherwise the device would be sent to a door that is still locked. It posts again, and so does the relay.
      if (await this.#grantsWritten()) this.#answer(frame.header.pid, "PAIR4", { status: "frames", bytes });
    }
  }

  #answer(pid: PairId, reply: Reply | null, answer: PairAnswer): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.pid === pid && (reply === null || waiter.wants === reply)) waiter.answer(answer);
    }
  }
}

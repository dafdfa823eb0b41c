// Durable commands of one machine: counter and entry in one transaction, sealed outside of any, the stored frame wins,
// the same bytes on every reconnect until a final result that is bound to them.
import {
  commandPlain,
  decodePlain,
  encodePlain,
  hashOf,
  isAppError,
  isFinal,
  NO_BOOT,
  openFrame,
  OPERATIONS,
  parseFrame,
  parseShape,
  resultPlain,
  sealFrame,
  type ArgsOf,
  type Bytes,
  type CommandRef,
  type Frame,
  type Hash,
  type OperationName,
  type ResultPlain,
  type SessionId,
} from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import { endedByRekey } from "./delivery.ts";
import type { MachineKeys } from "./keyring.ts";
import type { EntryKey, FinalResult, IdentityRow, LiveStore, MachineRow, OutboxEntry } from "./live-store.ts";
import { isKeyRefusal } from "./rekey.ts";

/** What a person wants, before it has a counter. */
export interface Wish<N extends OperationName = OperationName> {
  readonly op: N;
  readonly args: ArgsOf<N>;
  readonly session: SessionId | null;
  readonly seen: readonly [SessionId, number, Hash] | null;
  /** Device time. */
  readonly at: number;
  /** Machine time. */
  readonly exp: number;
}

interface OutboxOptions {
  readonly store: LiveStore;
  readonly identity: IdentityRow;
  readonly machine: Pick<MachineRow, "m">;
  readonly keys: MachineKeys;
  /** Another tab has changed the keys: reads what is stored. */
  readonly refresh: () => Promise<void>;
  /** Hands one frame to the socket, if there is one. */
  readonly send: (frame: Bytes) => void;
  readonly clock: Clock;
  /** After any entry changed. */
  readonly changed: () => void;
  /** Storage failed while an entry was sealed. */
  readonly failed: (error: unknown) => void;
}

/** Kept after they are done, until the session's log or head shows what they did. */
const SHOWN_LATER: ReadonlySet<OperationName> = new Set([
  "session.prompt",
  "wait.answer",
  "device.hello",
  "device.rekey",
]);
/** A refused durable command is sent again after this, where the hub names no time. */
const OFFER_AGAIN_MS = 5000;
/** One without a last word is asked for again after this: its answer was lost, or the machine could not keep it. */
const REMIND_MS = 20_000;
/** What another tab's form asked for is left to that tab for this long after its last word. */
const LEFT_TO_ITS_TAB_MS = 60_000;
/** Last words remembered for forms that wait for them. */
const FINALS_REMEMBERED = 256;

const keyOf = (ref: readonly [g: number, ctr: number]): string => `${ref[0]}/${ref[1]}`;

/** `load` first; entries then follow the store, also what other tabs put there after they tell. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #finals = new Map<string, FinalResult>();
  /** Commands of this life of the page: others belong to other tabs, whose forms wait for their results. */
  readonly #own = new Set<string>();
  /** When each was last handed to a socket, on the monotonic clock. */
  readonly #sentAt = new Map<string, number>();
  #sending: Promise<void> = Promise.resolve();
  #isAdopting = false;
  /** What was said before is on its way on this connection: only then may what is said now follow at once. */
  #isLevel = false;
  /** Something was refused and has not been offered again yet. */
  #isRefused = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Reads what is stored: at start. */
  async load(): Promise<void> {
    const stored = await this.#options.store.outbox(this.#options.machine.m);
    this.#entries.clear();
    for (const entry of stored) this.#entries.set(keyOf([entry.g, entry.ctr]), entry);
    this.#options.changed();
  }

  /**
   * Another tab changed it. A tab that was closed in the moment it was asked has stored its command and sent nothing:
   * what still has no answer after a while is sent by this one.
   */
  async follow(): Promise<void> {
    await this.load();
    if (this.#isAdopting) return;
    this.#isAdopting = true;
    this.#options.clock.after(OFFER_AGAIN_MS, () => void this.#adopt().catch(this.#options.failed));
  }

  async #adopt(): Promise<void> {
    this.#isAdopting = false;
    await this.load();
    await this.#inOrder(isUntaken);
  }

  /** In the order of their counters. */
  get entries(): readonly OutboxEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.g - b.g || a.ctr - b.ctr);
  }

  find(g: number, ctr: number): OutboxEntry | null {
    return this.#entries.get(keyOf([g, ctr])) ?? null;
  }

  /** Resolves once the wish is durable on this device; sealing and sending follow. E_SCHEMA when it does not fit. */
  async add(wish: Wish): Promise<OutboxEntry> {
    parseShape(wish.args, OPERATIONS[wish.op].args);
    const { store, machine, keys } = this.#options;
    const entry = await store.enqueue(machine.m, keys.g, (ctr, g) => ({
      m: machine.m,
      g,
      ctr,
      ...wish,
      frame: null,
      h: null,
      stored: false,
      accepted: false,
      final: null,
      named: null,
    }));
    this.#own.add(keyOf([entry.g, entry.ctr]));
    this.#keep(entry);
    // One after the other: the machine gets a person's words in the order they were said.
    const isDue = (): boolean => this.#isLevel && !this.#isRefused && !this.#sentAt.has(keyOf([entry.g, entry.ctr]));
    const send = (): Promise<unknown> => (isDue() ? this.#sealAndSend(entry) : this.#sealed(entry));
    this.#sending = this.#sending.then(send).then(() => undefined, this.#options.failed);
    return entry;
  }

  /** Every command without a last word, oldest first and before what is said from now on: on each `ready`. */
  async sendAll(): Promise<void> {
    const sent = this.#inOrder(
      ({ final }) => final === null,
      () => (this.#isLevel = true),
    );
    await this.#sweep();
    await sent;
  }

  /** Nothing is sent until `sendAll`, which the next connection begins with. */
  connectionLost(): void {
    this.#isLevel = false;
  }

  /** The machine is there: what it has not answered for a while is sent again, because nobody else would notice. */
  async remind(): Promise<void> {
    const before = this.#options.clock.monotonic() - REMIND_MS;
    const isForgotten = ({ g, ctr, final }: OutboxEntry): boolean =>
      final === null && (this.#sentAt.get(keyOf([g, ctr])) ?? Infinity) <= before;
    if (this.entries.some(isForgotten)) await this.#inOrder(isForgotten);
  }

  #inOrder(isDue: (entry: OutboxEntry) => boolean, begun: () => void = () => undefined): Promise<void> {
    const sending = this.#sending.then(async () => {
      begun();
      // One that cannot be sealed (an earlier build stored it) keeps none behind it from being sent.
      for (const entry of this.entries) if (isDue(entry)) await this.#sealAndSend(entry).catch(this.#options.failed);
    });
    this.#sending = sending.catch(this.#options.failed);
    return this.#sending;
  }

  /** Done by a tab, or a life of this one, that is gone. */
  async #sweep(): Promise<void> {
    const before = this.#options.clock.wall() - LEFT_TO_ITS_TAB_MS;
    for (const entry of this.entries) {
      if (hasNothingToShow(entry) && (entry.final?.at ?? Infinity) < before) await this.remove(entry);
    }
  }

  /**
   * The hub could not take a durable command now. After a while it is sent again, with all that nobody has taken yet, in
   * order: one alone would pass those refused before it. What is said meanwhile waits behind them.
   */
  offerAgain(g: number, ctr: number, delayMs = OFFER_AGAIN_MS): void {
    if (this.#isRefused || this.find(g, ctr) === null) return;
    this.#isRefused = true;
    this.#options.clock.after(delayMs, () => {
      void this.#inOrder(isUntaken, () => (this.#isRefused = false)).catch(this.#options.failed);
    });
  }

  async #sealAndSend(entry: OutboxEntry): Promise<void> {
    const sealed = await this.#sealed(entry);
    if (sealed?.frame == null || sealed.final !== null) return;
    this.#sentAt.set(keyOf([sealed.g, sealed.ctr]), this.#options.clock.monotonic());
    this.#options.send(sealed.frame);
  }

  async #sealed(entry: OutboxEntry): Promise<OutboxEntry | null> {
    return entry.frame === null ? this.#seal(entry) : entry;
  }

  /** Seals outside a transaction; another tab may have been faster, and then its frame is the one. */
  async #seal(entry: OutboxEntry): Promise<OutboxEntry | null> {
    const { store, identity, machine, keys, refresh } = this.#options;
    const { g, ctr, exp, op, args, seen } = entry;
    if (keys.generation(g) === null) await refresh();
    const own = keys.generation(g);
    if (own === null) return entry;
    const header = { m: machine.m, d: identity.d, g, ctr, exp, class: 1, boot: NO_BOOT };
    const plain = parseShape({ op, args, ...(seen === null ? {} : { seen }) }, commandPlain);
    const frame = await sealFrame("CMD", header, own.cmd, encodePlain("CMD", plain));
    const h = await hashOf(frame);
    const stored = await store.changeEntry(entry, (found) => (found.frame === null ? { ...found, frame, h } : found));
    if (stored === null) this.#entries.delete(keyOf([g, ctr]));
    else this.#keep(stored);
    return stored;
  }

  /** The Worker keeps it for the relay: no acceptance. */
  async queued(g: number, ctr: number): Promise<void> {
    await this.#change({ m: this.#options.machine.m, g, ctr }, (entry) => ({ ...entry, stored: true }));
  }

  /** The Worker keeps it no more: it is on this device alone. */
  async dropped(g: number, ctr: number): Promise<void> {
    await this.#change({ m: this.#options.machine.m, g, ctr }, (entry) => ({ ...entry, stored: false }));
  }

  /**
   * One RES frame. Answers its content when it opens, belongs to a command of this outbox and is bound to its very
   * bytes; null otherwise, and then nothing has changed.
   */
  async receive(frame: Frame<"RES">, at: number): Promise<ResultPlain | null> {
    const { m, d, g, ctr } = frame.header;
    const { identity, machine, keys } = this.#options;
    if (m !== machine.m || d !== identity.d) return null;
    const result = await openResult(frame, keys);
    if (result === null) return null;
    let isBound = false;
    await this.#change({ m, g, ctr }, (entry): OutboxEntry | null => {
      isBound = entry.h === result.h;
      if (!isBound || entry.final !== null) return entry;
      const { status, code = null, text = null, data = null } = result;
      // Refused unread: whether it ran before the machine's state was set back, this answer does not say.
      if (isKeyRefusal(code) && entry.op !== "device.rekey") return endedByRekey(entry, at);
      if (!isFinal(status)) return { ...entry, accepted: true };
      return { ...entry, accepted: true, final: { status, code, text, data, at } };
    });
    if (isBound) await this.#finished({ m, g, ctr });
    return isBound ? result : null;
  }

  /** The last word on a command of this life of the page; null when there was none. */
  finalOf(g: number, ctr: number): FinalResult | null {
    return this.#finals.get(keyOf([g, ctr])) ?? null;
  }

  /** What is done and has nothing left to show leaves the outbox. */
  async #finished(key: EntryKey): Promise<void> {
    const entry = this.find(key.g, key.ctr);
    if (entry?.final == null) return;
    this.#finals.set(keyOf([key.g, key.ctr]), entry.final);
    const [oldest] = this.#finals.keys();
    if (this.#finals.size > FINALS_REMEMBERED && oldest !== undefined) this.#finals.delete(oldest);
    if (hasNothingToShow(entry) && this.#own.has(keyOf([key.g, key.ctr]))) await this.remove(key);
  }

  /** A `user` or `turn` item of the session's log names this command: that settles it even without a result. */
  async named(ref: CommandRef, by: "user" | "turn"): Promise<void> {
    const [d, g, ctr] = ref;
    const { identity, machine } = this.#options;
    const entry = this.find(g, ctr);
    if (d !== identity.d || entry === null || entry.named === "turn" || entry.named === by) return;
    await this.#change({ m: machine.m, g, ctr }, (found) => ({ ...found, named: by }));
  }

  /** Removes an entry; its counter is never used again. */
  async remove(key: EntryKey): Promise<void> {
    await this.#change(key, () => null);
  }

  async #change(key: EntryKey, change: (entry: OutboxEntry) => OutboxEntry | null): Promise<void> {
    const changed = await this.#options.store.changeEntry(key, change);
    const name = keyOf([key.g, key.ctr]);
    if (changed === null) this.#entries.delete(name);
    else this.#entries.set(name, changed);
    if (changed?.final !== null) this.#sentAt.delete(name);
    this.#options.changed();
  }

  #keep(entry: OutboxEntry): void {
    this.#entries.set(keyOf([entry.g, entry.ctr]), entry);
    this.#options.changed();
  }
}

/** Neither the hub nor the machine has said that it has it. */
function isUntaken({ stored, accepted, final }: OutboxEntry): boolean {
  return !stored && !accepted && final === null;
}

function hasNothingToShow({ final, op }: OutboxEntry): boolean {
  return final?.status === "done" && !SHOWN_LATER.has(op);
}

/** The content of a RES under K_res; null when it does not open, or its header and content disagree. */
export async function openResult(frame: Frame<"RES">, keys: MachineKeys): Promise<ResultPlain | null> {
  const pairwise = keys.generation(frame.header.g);
  const bytes = pairwise === null ? null : await openFrame(frame, pairwise.res);
  if (bytes === null) return null;
  try {
    const plain = decodePlain("RES", bytes, resultPlain);
    return isFinal(plain.status) === (frame.header.final === 1) ? plain : null;
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

/** A frame of a name from text of base64url bytes, as results carry them; null when it is none. */
export function frameOf<N extends "EVT" | "KEYRING">(name: N, bytes: Bytes | null): Frame<N> | null {
  if (bytes === null) return null;
  try {
    const frame = parseFrame(bytes);
    return isNamed(frame, name) ? frame : null;
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

function isNamed<N extends "EVT" | "KEYRING">(frame: { readonly name: string }, name: N): frame is Frame<N> {
  return frame.name === name;
}

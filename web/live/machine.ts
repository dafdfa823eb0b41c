// One paired machine on this device: its link, keys, documents, sessions, commands and proofs, wired together.
import {
  packMessage,
  type ArgsOf,
  type Bytes,
  type DeviceToHub,
  type OperationName,
  type SessionId,
  type WaitId,
} from "../../schema/index.ts";
import type { Holdings } from "./alarms.ts";
import type { TimelinePatch } from "./timeline/patch.ts";
import { Blobs } from "./blobs.ts";
import { ConfirmedKeeper } from "./confirmed-keeper.ts";
import { Conversations } from "./conversations.ts";
import { Documents, type DocsTaken } from "./documents.ts";
import type { SortedFrames } from "./frame-sorter.ts";
import { Intake, recordBatch } from "./intake.ts";
import { MachineKeys } from "./keyring.ts";
import { Link } from "./link.ts";
import { LiveCommands } from "./live-commands.ts";
import type { MachineRow, OutboxEntry } from "./live-store.ts";
import { holdingsOf, takeControl } from "./machine-control.ts";
import type { MachineOptions } from "./machine-host.ts";
import { foldContext, wantsRekey, type MachineFacts } from "./machine-view.ts";
import type { MachineView } from "./model.ts";
import { Outbox, type Wish } from "./outbox.ts";
import type { PageFacts } from "./ports.ts";
import { ProofKeeper } from "./proof-keeper.ts";
import { promptTail } from "./prompt-tail.ts";
import { Rekey } from "./rekey.ts";
import { SessionFeeds } from "./session-feeds.ts";
import { hasWait, type SessionLog, type Taken } from "./session-log.ts";
import { nextSettling, settleAnswers, settleNamed } from "./settling.ts";
import type { FoldedWait } from "./timeline/context.ts";
import { Trust } from "./trust.ts";

/** A hello waits for a relay that is away for a moment, no longer. */
const HELLO_TTL_MS = 600_000;

/** `open` reads the store, `start` connects, `stop` ends it for good. */
export class Machine {
  readonly outbox: Outbox;
  readonly live: LiveCommands;
  readonly conversations: Conversations;
  readonly documents: Documents;
  readonly #options: MachineOptions;
  readonly #keys: MachineKeys;
  readonly #link: Link;
  readonly #feeds: SessionFeeds;
  readonly #blobs: Blobs;
  readonly #intake: Intake;
  readonly #proofs: ProofKeeper;
  readonly #trust: Trust;
  readonly #rekey: Rekey;
  readonly #confirmed: ConfirmedKeeper;
  #refused: MachineView["refused"] = null;
  #page: PageFacts = { visible: true, online: true };
  #cancelTimer: (() => void) | null = null;
  #dropped = 0;
  /** Something came under an epoch that the keyring does not hold. */
  #lacksEpoch = false;

  private constructor(row: MachineRow, keys: MachineKeys, options: MachineOptions) {
    const { platform, identity, host } = options;
    const { store, clock } = platform;
    this.#options = options;
    this.#keys = keys;
    this.#confirmed = new ConfirmedKeeper(store, clock);
    const sendFrame = (frame: Bytes): void => this.#link.sendBinary(packMessage([frame]));
    const send = (message: DeviceToHub): void => this.#link.send(message);
    const time = {
      machineNow: () => this.#proofs.machineNow(),
      isClockKnown: () => this.#proofs.boot(this.#link.state) !== null,
    };
    this.#trust = new Trust({
      ...{ row, keys, platform, identity, outbox: () => this.outbox },
      hello: (args) => this.wish("device.hello", args, { session: null, ttlMs: HELLO_TTL_MS }),
      ...{ ...time, provenAt: () => this.#proofs.provenAt },
      adopted: () => {
        // What could not be opened before is asked again: the hub counts it as sent on this connection. A sign of life, too.
        if (this.#lacksEpoch) this.#link.restart();
        else this.#alive();
        this.#lacksEpoch = false;
        this.#rekey.again();
      },
      failed: host.storageFailed,
    });
    this.#rekey = new Rekey({
      ...{ store, clock, trust: this.#trust, outbox: () => this.outbox, host, ...time },
      held: (isHeld) => this.#setRefused(isHeld ? "held" : this.#refused === "revoked" ? "revoked" : null),
    });
    const refresh = (): Promise<void> => this.keysChanged();
    this.documents = new Documents(row.m, store);
    this.#proofs = new ProofKeeper(clock, row.m, identity.d, row);
    this.outbox = new Outbox({
      ...{ store, identity, machine: row, keys, clock, refresh, send: sendFrame, failed: host.storageFailed },
      changed: () => this.#changed(),
    });
    this.live = new LiveCommands({
      ...{ store, identity, machine: row, keys, clock, refresh, send: sendFrame },
      heard: (g, result) => this.#rekey.heard(g, result, null),
      boot: () => this.#proofs.boot(this.#link.state),
      now: () => this.#proofs.machineNow(),
    });
    this.#blobs = new Blobs({ machine: row.m, keys, clock, live: this.live, send });
    this.#feeds = new SessionFeeds({
      machine: row.m,
      store,
      clock,
      live: this.live,
      send,
      headSeq: (session) => this.documents.heads.get(session)?.seq ?? this.#proofs.headSeq(session),
      received: async (session, frames) => (await this.#take(recordBatch(session, frames)))(),
      resubscribe: (without) => this.#subscribe(without),
    });
    this.conversations = new Conversations({
      machine: row.m,
      feeds: () => this.#feeds,
      context: (session) => foldContext(session, () => this.facts()),
      blobs: this.#blobs,
      tail: ({ session, fold }) => promptTail(this.facts(), session, fold),
      dirty: host.timelineChanged,
      failed: host.storageFailed,
    });
    this.#intake = new Intake({
      clock,
      take: (frames) => this.#take(frames),
      got: (bytes) => send({ t: "got", bytes }),
      failed: host.storageFailed,
    });
    this.#link = this.#newLink(row, options);
  }

  /** Reads what is stored; `start` connects. */
  static async open(row: MachineRow, options: MachineOptions): Promise<Machine> {
    const machine = new Machine(row, await MachineKeys.of(row), options);
    await Promise.all([machine.documents.load(), machine.outbox.load()]);
    return machine;
  }

  get row(): MachineRow {
    return this.#trust.row;
  }

  /** Frames that proved nothing. */
  get droppedFrames(): number {
    return this.#dropped;
  }

  start(facts: PageFacts): void {
    this.#page = facts;
    this.#link.start(facts);
    this.#schedule();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#link.stop();
    this.live.connectionLost();
  }

  page(facts: PageFacts): void {
    const isBack = facts.visible && !this.#page.visible;
    this.#page = facts;
    this.#link.page(facts);
    if (isBack) this.#alive();
    this.#schedule();
  }

  ask(): void {
    this.#refused = null;
    this.#link.ask();
  }

  facts(): MachineFacts {
    return {
      row: this.#trust.row,
      thisDevice: this.#options.identity.d,
      documents: this.documents,
      entries: this.outbox.entries,
      liveness: this.#proofs.liveness(this.#link.state),
      alarm: this.#proofs.alarm(this.#feeds.forked),
      refused: this.#refused ?? (this.#trust.isOutdated ? "outdated" : null),
      offsetMs: this.#proofs.offsetMs,
      machineNow: this.#proofs.machineNow(),
      hadTimeToAnswer: this.#proofs.hadTimeToAnswer(this.#link.state),
    };
  }

  /** Opens a conversation and follows its session. */
  async watch(session: SessionId): Promise<void> {
    await this.conversations.open(session);
    this.#changed();
    if (this.#feeds.needsAsking() || this.#feeds.log(session)?.newest !== null) this.#subscribe();
    await settleNamed(this.outbox, this.#options.identity.d, this.conversations.get(session));
  }

  unwatch(session: SessionId): void {
    this.conversations.close(session);
    this.#feeds.unfollow(session);
  }

  log(session: SessionId): SessionLog | null {
    return this.#feeds.log(session);
  }

  /** The patch of one open conversation; null when it is closed. */
  patch(session: SessionId): TimelinePatch | null {
    return this.conversations.patch(session, this.#proofs.suspicions, this.#options.platform.clock.monotonic());
  }

  /** Makes a wish durable. `ttlMs` counts from now in machine time. */
  wish<N extends OperationName>(
    op: N,
    args: ArgsOf<N>,
    { session, ttlMs }: { readonly session: SessionId | null; readonly ttlMs: number },
  ): Promise<OutboxEntry> {
    const position = session === null ? null : (this.#feeds.log(session)?.seen ?? null);
    const seen: Wish["seen"] = session === null || position === null ? null : [session, position.seq, position.h];
    const exp = Math.round(this.#proofs.machineNow()) + ttlMs;
    const wish: Wish = { op, args, session, seen, at: this.#options.platform.clock.wall(), exp };
    return this.outbox.add(wish).finally(() => this.#options.host.outboxChanged());
  }

  /** Another tab has changed this machine's keys. */
  async keysChanged(): Promise<void> {
    const rows = await this.#options.platform.store.machines();
    const row = rows.find(({ m }) => m === this.#trust.row.m);
    if (row !== undefined) await this.#trust.rekeyed(row);
  }

  /** A wait as its record told it. */
  waitOf(session: SessionId, wid: WaitId): FoldedWait | null {
    return this.conversations.get(session)?.fold.openWaits.get(wid) ?? null;
  }

  #newLink(row: MachineRow, { platform, identity, tokens, host }: MachineOptions): Link {
    return new Link({
      ...{ platform, machine: row.m, identity, tokens },
      listener: {
        changed: () => this.#linkChanged(),
        ready: () => void this.#ready().catch(host.storageFailed),
        control: (message) =>
          void takeControl(message, { outbox: this.outbox, live: this.live, feeds: this.#feeds }).catch(
            host.storageFailed,
          ),
        binary: (bytes) => this.#intake.receive(bytes),
        unknown: () => this.#setRefused("revoked"),
      },
    });
  }

  async #ready(): Promise<void> {
    this.#refused = null;
    this.#intake.reset();
    this.#subscribe();
    this.conversations.connected();
    await this.outbox.sendAll();
    this.#rekey.ready();
  }

  #subscribe(without?: SessionId): void {
    if (this.#link.state.phase.status !== "online") return;
    const subs = this.#feeds.subscriptions().filter(([session]) => session !== without);
    this.#link.send({ t: "sub", subs, docs: this.documents.cursor, nonce: this.#proofs.nextNonce() });
  }

  #alive(): void {
    if (this.#link.state.phase.status !== "online") return;
    this.#link.send({ t: "alive", nonce: this.#proofs.nextNonce() });
  }

  #linkChanged(): void {
    const { state } = this.#link;
    this.#proofs.linkChanged(state);
    if (state.phase.status !== "online") {
      this.#feeds.connectionLost();
      this.live.connectionLost();
      this.outbox.connectionLost();
    }
    if (state.phase.status === "refused" && state.phase.code === "E_REVOKED") this.#setRefused("revoked");
    this.#changed();
  }

  #setRefused(refused: MachineView["refused"]): void {
    this.#refused = refused;
    this.#changed();
  }

  /** Proves and shows a batch; answers how to store it. */
  async #take(frames: SortedFrames): Promise<() => Promise<void>> {
    const [dropped, { suspicions }] = [this.#dropped, this.#proofs];
    for (const frame of frames.keyrings) this.#dropped += (await this.#trust.receive(frame)) ? 0 : 1;
    const docs = await this.documents.receive(frames.documents, this.#keys);
    this.#dropped += docs.dropped + frames.dropped;
    for (const frame of frames.blobs) this.#dropped += this.#blobs.receive(frame) ? 0 : 1;
    let unknownEpoch = docs.unknownEpoch;
    const taken: { readonly log: SessionLog; readonly result: Taken }[] = [];
    for (const [session, own] of frames.records) {
      const log = this.#feeds.log(session);
      const result = await log?.receive(own, this.#keys);
      this.#dropped += result?.dropped ?? own.length;
      if (log === null || result === undefined) continue;
      unknownEpoch ||= result.unknownEpoch;
      if (result.rows.length > 0 || log.forked) taken.push({ log, result });
      if (result.rows.length > 0) await this.conversations.added(session, result.rows);
      this.#feeds.hole(session, result.gap && result.rows.length === 0);
      if (log.forked) this.#options.host.timelineChanged(session);
    }
    // What is shown by now must be stored, whatever fails from here on.
    await this.#settle(frames, docs, unknownEpoch).catch(this.#options.host.storageFailed);
    // Words alone change no list: a flood of them must not make the whole view again sixty times a second.
    const isNews = this.#dropped > dropped || this.#proofs.suspicions !== suspicions || docs.rows.length > 0;
    const isToldOf = frames.keyrings.length + frames.results.length + frames.beacons.length > 0;
    if (isNews || isToldOf || taken.some(({ log, result }) => log.forked || hasWait(result.rows))) this.#changed();
    const usedAt = this.#options.platform.clock.wall();
    return async () => {
      await Promise.all([this.documents.save(docs), ...taken.map(({ log }) => log.save(usedAt))]);
    };
  }

  /** What follows from a batch that is shown. */
  async #settle(frames: SortedFrames, docs: DocsTaken, unknownEpoch: boolean): Promise<void> {
    this.#lacksEpoch ||= unknownEpoch;
    for (const session of frames.records.keys()) {
      await settleNamed(this.outbox, this.#options.identity.d, this.conversations.get(session));
    }
    for (const frame of frames.results) await this.#result(frame);
    this.#proofs.arrived(this.#holdings);
    for (const frame of frames.beacons) await this.#beacon(frame);
    if (unknownEpoch) this.#trust.hello();
    if (docs.rows.length > 0 && this.#feeds.needsAsking()) this.#subscribe();
    if (docs.rows.length > 0) await settleAnswers(this.outbox, this.documents);
    if (docs.rows.length > 0 && wantsRekey(this.facts())) this.#rekey.force();
  }

  async #result(frame: SortedFrames["results"][number]): Promise<void> {
    if (await this.live.receive(frame)) return;
    const { g, ctr } = frame.header;
    const asked = this.outbox.find(g, ctr);
    const result = await this.outbox.receive(frame, this.#options.platform.clock.wall());
    this.#dropped += result === null ? 1 : 0;
    if (result === null) return;
    this.#rekey.heard(g, result, asked);
    const entry = this.outbox.find(g, ctr);
    if (entry?.op === "device.hello" && entry.final !== null) await this.#trust.welcomed(entry);
    this.#options.host.outboxChanged();
  }

  /** The first command of a new device: it makes the pending row active. */
  greet(): void {
    this.#trust.hello({ isUrgent: true });
  }

  async #beacon(frame: SortedFrames["beacons"][number]): Promise<void> {
    const fresh = await this.#proofs.receive(frame, this.#keys);
    this.#dropped += fresh === null ? 1 : 0;
    if (fresh === null) return;
    this.#proofs.compare(fresh, this.#holdings);
    await this.#trust.proven();
    this.#rekey.look();
    if (fresh.beacon.ring > this.#trust.row.keyring.rev) this.#trust.hello();
    await Promise.all([this.outbox.remind(), this.#confirmed.keep(this.#trust.row.m, this.#proofs)]);
  }

  get #holdings(): Holdings {
    return holdingsOf(this.#feeds, this.documents);
  }

  #changed(): void {
    this.#options.host.changed();
    for (const { session } of this.conversations.all) this.#options.host.timelineChanged(session);
    this.#schedule();
  }

  /** One timer for all that changes by time alone. */
  #schedule(): void {
    this.#cancelTimer?.();
    const { clock } = this.#options.platform;
    const now = clock.monotonic();
    const isWatching = this.#page.visible && this.#link.state.phase.status === "online";
    const proof = this.#proofs.deadline(this.#link.state) ?? Infinity;
    const nonce = isWatching ? this.#proofs.nonceDueAt : Infinity;
    const doubt = this.#trust.doubtAt ?? Infinity;
    const due = Math.min(
      proof,
      nonce,
      doubt > now ? doubt : Infinity,
      now + nextSettling(this.outbox, this.#proofs.machineNow()),
    );
    if (due === Infinity) return;
    this.#cancelTimer = clock.after(Math.max(10, due - now), () => {
      if (this.#page.visible && clock.monotonic() >= this.#proofs.nonceDueAt) this.#alive();
      this.#changed();
    });
  }
}

// One proven conversation with the hub: heads compared, then records, documents, keyrings and grants up, commands down.
// It lives as long as its socket; everything durable is in the journal, so dropping it loses nothing.
import {
  AppError,
  assertNever,
  hubToRelay,
  importVerifyKey,
  MACHINE_SESSION,
  packAll,
  parseControl,
  parseFrame,
  PONG,
  PROTOCOL_VERSION,
  SESSIONS_PER_MACHINE,
  signChannel,
  unpackMessage,
  type Bytes,
  type Hash,
  type HubToRelay,
  type PairId,
  type RelayToHub,
  type SessionId,
} from "../../schema/index.ts";
import { failpoint } from "../failpoint.ts";
import { Adoption, type Ahead } from "./adoption.ts";
import { BeaconSender, type BeaconSources } from "./beacon.ts";
import type { LinkParts } from "./link.ts";
import type { Socket } from "./dial.ts";
import type { HeadRevs } from "./restoring.ts";
import { Uplink } from "./uplink.ts";

type Heads = Extract<HubToRelay, { t: "heads" }>;

/** Documents sent and not yet acknowledged, at most. */
const DOCS_IN_FLIGHT = 64;
/** Frames that may wait for a slow comparison: a full queue of some devices. */
const EARLY_FRAMES = 1024;
const CLIENT = "relay";
/** A full hub makes room by evicting retired sessions; asking more often would only be noise. */
const QUOTA_RETRY_MS = 30_000;

/** What a connection tells the link. */
export interface ConnectionEvents {
  ready(): void;
  heard(): void;
  /** The other end broke the protocol: drop it. */
  broken(error: AppError): void;
}

/** A link's parts, and the one count of a boot's beacons. */
export type ConnectionParts = LinkParts & Pick<BeaconSources, "nextBeacon">;

export class Connection {
  readonly #parts: ConnectionParts;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #uplink: Uplink;
  readonly #beacon: BeaconSender;
  readonly #heads: Heads["list"] = [];
  readonly #ringsSent = new Map<string, number>();
  /** `adopting`: heads are here, and what this journal lost is being taken back. */
  #state: "greeting" | "comparing" | "adopting" | "online" | "closed" = "greeting";
  /** Commands and pairings wait until this relay knows what it did before. */
  readonly #online = Promise.withResolvers<void>();
  #early = 0;
  #grantsSent = 0;
  #docsSent = 0;
  #docsAcked = 0;
  #trustDirty = true;
  #pumping = false;
  #pumpAgain = false;
  #adoption: Adoption | null = null;

  constructor(parts: ConnectionParts, socket: Socket, events: ConnectionEvents) {
    this.#parts = parts;
    this.#socket = socket;
    this.#events = events;
    this.#uplink = new Uplink(parts.log);
    this.#beacon = new BeaconSender({ ...parts, send: (frame) => this.#sendFrames([frame]) });
  }

  /** The socket is gone; nothing is sent any more. Idempotent. */
  close(): void {
    this.#state = "closed";
    this.#beacon.pause();
  }

  /** One text message of the hub. */
  text(message: string): void {
    this.#events.heard();
    if (message === PONG) return;
    void this.#guard(() => this.#control(parseControl(message, hubToRelay)));
  }

  /** One binary message of the hub: commands and pairing frames. */
  binary(message: Bytes): void {
    this.#events.heard();
    if (this.#state === "greeting" || this.#state === "closed") return;
    void this.#guard(async () => {
      // All handed over before anything is awaited: the next message's commands must not overtake this one's.
      await Promise.all(unpackMessage(message).map((frame) => this.#frame(frame)));
    });
  }

  isWatched(): boolean {
    return this.#beacon.isWatched();
  }

  /** Sessions grew. */
  committed(sessions: readonly SessionId[]): void {
    if (this.#state !== "online") return;
    for (const session of sessions) this.#uplink.grew(session);
    this.#pump();
  }

  /** Grants or keyrings changed: they go before any record. */
  trustChanged(): void {
    this.#trustDirty = true;
    this.#pump();
  }

  documentsChanged(): void {
    this.#pump();
  }

  /** Open pairings changed. */
  pairingChanged(closed: readonly PairId[]): void {
    if (this.#state !== "online") return;
    for (const pid of closed) this.#sendRaw({ t: "pair_close", pid });
    this.#openPairs();
  }

  send(message: RelayToHub): void {
    if (this.#state === "online") this.#sendRaw(message);
  }

  sendFrame(frame: Bytes): void {
    if (this.#state === "online") this.#sendFrames([frame]);
  }

  async #guard(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#events.broken(error);
    }
  }

  #control(message: HubToRelay): Promise<void> | void {
    switch (message.t) {
      case "hello":
        return this.#prove(message);
      case "ready":
        if (this.#state === "greeting") this.#state = "comparing";
        return;
      case "heads":
        return this.#onHeads(message);
      case "ack":
        return this.#onAck(message);
      case "need":
        this.#uplink.needs(message.s, message.q);
        return this.#pump();
      case "watch":
        return this.#beacon.watch(message.list);
      case "err":
        return this.#onError(message);
      case "going":
        return; // its close follows, with a code that spreads the reconnects
      default:
        return assertNever(message);
    }
  }

  async #prove(hello: Extract<HubToRelay, { t: "hello" }>): Promise<void> {
    if (hello.v !== PROTOCOL_VERSION) {
      throw new AppError("E_FRAME", {
        reason: `the Worker speaks protocol ${hello.v}, this relay ${PROTOCOL_VERSION}`,
      });
    }
    const { identity } = this.#parts;
    const proof = {
      nonce: hello.nonce,
      conn: hello.conn,
      machine: identity.machine,
      origin: "",
      role: "relay",
    } as const;
    this.#sendRaw({ t: "auth", kid: identity.machine, sig: await signChannel(identity.ri, proof), client: CLIENT });
  }

  #onHeads(page: Heads): Promise<void> | void {
    this.#heads.push(...page.list);
    // The machine's own log is one more.
    if (this.#heads.length > SESSIONS_PER_MACHINE + 1) throw new AppError("E_SIZE", { reason: "too many heads" });
    if (page.more) return;
    this.#grantsSent = page.grants;
    this.#docsSent = page.docs;
    this.#docsAcked = page.docs;
    for (const [d, rev] of page.rings) this.#ringsSent.set(d, rev);
    return this.#catchUp({ docs: page.docs, grants: page.grants, rings: Math.max(0, ...this.#ringsSent.values()) });
  }

  /** From the comparison of heads to the first frame that goes up. */
  async #catchUp(revs: HeadRevs): Promise<void> {
    const { restoring, log } = this.#parts;
    const stored = new Map(this.#heads.map(([session, seq, h]) => [session, { seq, h }]));
    this.#heads.length = 0;
    const { equal, ahead } = this.#compare(stored);
    if (ahead.length > 0 || restoring.isDue()) {
      this.#state = "adopting";
      // It may take a while, and it is no silence.
      this.#events.ready();
      equal.push(...(await this.#adoptAll(ahead)));
      await restoring.finish(revs);
      this.#trustDirty = true;
    }
    await restoring.compared();
    if (this.isClosed()) return;
    for (const [session, seq] of equal) {
      log.acknowledged(session, seq);
      this.#uplink.start(session, seq);
      log.admit(session);
    }
    failpoint("link.compared");
    const isNews = this.#state !== "adopting";
    this.#state = "online";
    this.#openPairs();
    if (isNews) this.#events.ready();
    this.#online.resolve();
    this.#pump();
  }

  isClosed(): boolean {
    return this.#state === "closed";
  }

  /** The first append rule: every session is compared once per connection before it goes on. */
  #compare(stored: ReadonlyMap<SessionId, { seq: number; h: Hash }>): { equal: [SessionId, number][]; ahead: Ahead[] } {
    const { log } = this.#parts;
    const equal: [SessionId, number][] = [];
    const ahead: Ahead[] = [];
    // The machine's own log is compared even while it is empty here: the Worker may hold one that this journal lost.
    for (const session of new Set([...log.sessions(), ...log.held(), ...stored.keys(), MACHINE_SESSION])) {
      const theirs = stored.get(session);
      const own = log.head(session)?.seq ?? 0;
      if (theirs === undefined) equal.push([session, 0]);
      else if (theirs.seq > own) ahead.push({ session, ...theirs });
      else if (log.hashAt(session, theirs.seq) === theirs.h)
        equal.push([session, this.#beforeGap(session, theirs.seq)]);
      else this.#fork(session, theirs.seq);
    }
    return { equal, ahead };
  }

  /**
   * Where the Worker goes on from: where it stands, unless what follows was evicted once and is nowhere any more. Then it
   * is told to go on after that.
   */
  #beforeGap(session: SessionId, seq: number): number {
    const next = this.#parts.log.read(session, seq + 1, { maxBytes: 1, maxRecords: 1 })[0]?.seq ?? seq + 1;
    if (next > seq + 1) this.#sendRaw({ t: "reset", s: session, q: next });
    return next - 1;
  }

  /** The Worker holds another record in the place of ours: neither side may go on from there. */
  #fork(session: SessionId, seq: number): void {
    this.#parts.note("log-conflict", { session, seq });
    this.#parts.log.refuse(session);
  }

  async #adoptAll(ahead: readonly Ahead[]): Promise<[SessionId, number][]> {
    const { identity } = this.#parts;
    const ri = await importVerifyKey(identity.riPublic);
    const send = (message: RelayToHub): void => this.#sendRaw(message);
    this.#adoption = new Adoption({ ...this.#parts, machine: identity.machine, ri, send });
    const taken: [SessionId, number][] = [];
    for (const each of ahead) {
      if (await this.#adoption.take(each)) taken.push([each.session, each.seq]);
      else this.#fork(each.session, each.seq);
      if (this.isClosed())
        throw new AppError("E_OFFLINE", { reason: "the connection went while records were taken back" });
    }
    return taken;
  }

  #onAck(message: Extract<HubToRelay, { t: "ack" }>): void {
    failpoint("link.acked");
    for (const [session, seq] of message.list) {
      this.#uplink.acked(session, seq);
      this.#parts.log.acknowledged(session, seq);
    }
    if (message.docs !== undefined) this.#docsAcked = Math.max(this.#docsAcked, message.docs);
    this.#pump();
  }

  /** A record refused for lack of room is no loss: it stays in the journal and goes up again later. */
  #onError({ code, ref, retryMs }: Extract<HubToRelay, { t: "err" }>): void {
    if (code === "E_NOT_FOUND" && this.#state === "adopting" && Array.isArray(ref)) return this.#adoption?.nothing(ref);
    this.#parts.note("hub-error", { code });
    if (code !== "E_QUOTA" || !Array.isArray(ref) || typeof ref[0] !== "string") return;
    const [session, seq] = ref;
    this.#uplink.hold(session);
    this.#parts.clock.setTimer(() => {
      this.#uplink.start(session, seq - 1);
      this.#pump();
    }, retryMs ?? QUOTA_RETRY_MS);
  }

  async #frame(bytes: Bytes): Promise<void> {
    const frame = parseFrame(bytes);
    if (frame.name === "EVT" && this.#adoption?.record(frame) === true) return undefined;
    if (this.#state !== "online") {
      if (++this.#early > EARLY_FRAMES) return undefined; // its sender offers it again
      await this.#online.promise;
    }
    if (frame.name === "CMD") return this.#parts.commands.receive(bytes);
    if (frame.name !== "PAIR1" && frame.name !== "PAIR3")
      throw new AppError("E_FRAME", { reason: `unexpected ${frame.name}` });
    // Not awaited: PAIR4 may wait two minutes for the digits, and commands must not wait behind it.
    void this.#guard(async () => {
      const answer = await this.#parts.pairing.receive(bytes);
      if (answer.length === 0) return;
      if (this.#trustDirty) await this.#sendTrust();
      failpoint("link.paired");
      this.#sendFrames(answer);
    });
  }

  #openPairs(): void {
    for (const { pid, exp } of this.#parts.pairing.open()) this.#sendRaw({ t: "pair_open", pid, exp });
  }

  /** Sends what the windows allow: trust first, then documents, then records. */
  #pump(): void {
    if (this.#state !== "online") return;
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#guard(() => this.#drain()).finally(() => {
      this.#pumping = false;
      // Asked between the last look and here: the next message of the hub may be long in coming.
      if (this.#pumpAgain) this.#pump();
    });
  }

  async #drain(): Promise<void> {
    while (this.#pumpAgain && this.#state === "online") {
      this.#pumpAgain = false;
      if (this.#trustDirty) await this.#sendTrust();
      this.#sendDocuments();
      for (let frames = this.#uplink.take(); frames.length > 0; frames = this.#uplink.take()) this.#sendFrames(frames);
    }
  }

  async #sendTrust(): Promise<void> {
    this.#trustDirty = false;
    const { rev, list } = await this.#parts.devices.grants();
    if (rev > this.#grantsSent) {
      this.#grantsSent = rev;
      this.#sendRaw({ t: "grants", rev, list: [...list] });
    }
    const rings = (await this.#parts.keyrings.all()).filter((ring) => ring.rev > (this.#ringsSent.get(ring.d) ?? 0));
    failpoint("link.trust");
    for (const ring of rings) this.#ringsSent.set(ring.d, ring.rev);
    this.#sendFrames(rings.map((ring) => ring.frame));
  }

  #sendDocuments(): void {
    while (this.#docsSent - this.#docsAcked === 0 || this.#docsPending() < DOCS_IN_FLIGHT) {
      const batch = this.#parts.documents.since(this.#docsSent, DOCS_IN_FLIGHT);
      const newest = batch.at(-1);
      if (newest === undefined) return;
      this.#docsSent = newest.rev;
      this.#docsFlight.push(...batch.map((doc) => doc.rev));
      this.#sendFrames(batch.map((doc) => doc.frame));
    }
  }

  #docsFlight: number[] = [];

  #docsPending(): number {
    this.#docsFlight = this.#docsFlight.filter((rev) => rev > this.#docsAcked);
    return this.#docsFlight.length;
  }

  #sendFrames(frames: readonly Bytes[]): void {
    for (const message of packAll(frames)) {
      failpoint("link.send.before");
      this.#socket.send(message);
      failpoint("link.send.after");
    }
  }

  #sendRaw(message: RelayToHub): void {
    this.#socket.send(JSON.stringify(message));
  }
}

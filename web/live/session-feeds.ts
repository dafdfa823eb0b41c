// Which sessions of a machine this device follows, from where, and what it does about holes (protocol sections 7 and 12).
import {
  fromB64,
  GAP_ASK_RELAY_MS,
  HISTORY_PAGE,
  isAppError,
  RECORDS_PAGE,
  SUBS_PER_SOCKET,
  type DeviceToHub,
  type Frame,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { LiveCommands } from "./live-commands.ts";
import type { LiveStore } from "./live-store.ts";
import { frameOf } from "./outbox.ts";
import { SessionLog } from "./session-log.ts";

/** A hub that answers no page in this time is asked no more; the relay is. */
const PAGE_WITHIN_MS = 4000;
/** Further behind than this while records come, the newest part is asked first and the stretch before it after that. */
const FAR_RECORDS = RECORDS_PAGE;
/** Asking `sub` again for a hole makes no sense more often than this. */
const RESUB_GAP_MS = 2000;

interface Feed {
  readonly log: SessionLog;
  /** Reads the cache; nothing is asked before. */
  readonly loaded: Promise<void>;
  isSubscribed: boolean;
  /** On this connection the newest part was asked for, past a long stretch that is missing. */
  hasJumped: boolean;
  holeSince: number | null;
  lastAsked: number;
  isFetching: boolean;
  /** Called once when the next batch of this session was taken. */
  readonly wakes: Set<() => void>;
}

interface FeedOptions {
  readonly machine: MachineId;
  readonly store: LiveStore;
  readonly clock: Clock;
  readonly live: LiveCommands;
  readonly send: (message: DeviceToHub) => void;
  /** Newest seq the relay told of; null when it is not known. */
  readonly headSeq: (session: SessionId) => number | null;
  /** Hands frames that came by another way (history.get) to the same acceptance. */
  readonly received: (session: SessionId, frames: readonly Frame<"EVT">[]) => Promise<void>;
  /** The subscription must be sent again, once without a session whose place is to be lost. */
  readonly resubscribe: (without?: SessionId) => void;
}

/** One per machine; frames themselves go through the SessionLog that `follow` gives. */
export class SessionFeeds {
  readonly #options: FeedOptions;
  readonly #feeds = new Map<SessionId, Feed>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Follows a session from now on. Idempotent; resolves when its cache was read. */
  async follow(session: SessionId): Promise<SessionLog> {
    let feed = this.#feeds.get(session);
    if (feed === undefined) {
      const log = new SessionLog(this.#options.machine, session, this.#options.store);
      feed = {
        log,
        loaded: log.load(),
        isSubscribed: false,
        hasJumped: false,
        holeSince: null,
        lastAsked: -Infinity,
        isFetching: false,
        wakes: new Set(),
      };
      this.#feeds.set(session, feed);
    }
    await feed.loaded;
    return feed.log;
  }

  unfollow(session: SessionId): void {
    if (this.#feeds.delete(session)) this.#options.resubscribe();
  }

  get followed(): readonly SessionId[] {
    return [...this.#feeds.keys()];
  }

  /** A followed session in which two signed histories were met; null when there is none. */
  get forked(): SessionId | null {
    return this.followed.find((session) => this.log(session)?.forked === true) ?? null;
  }

  log(session: SessionId): SessionLog | null {
    return this.#feeds.get(session)?.log ?? null;
  }

  /** The `subs` of a new subscription. A session of which nothing is known yet waits for its head. */
  subscriptions(): [SessionId, number][] {
    const subs: [SessionId, number][] = [];
    for (const [session, feed] of this.#feeds) {
      const head = this.#options.headSeq(session);
      feed.isSubscribed = head !== null || feed.log.newest !== null;
      if (feed.isSubscribed && subs.length < SUBS_PER_SOCKET) subs.push([session, feed.log.askAfter(head ?? 0)]);
    }
    return subs;
  }

  /** True when heads that came change what to ask: a session that waited, or one that is behind by many screens. */
  needsAsking(): boolean {
    let needs = false;
    for (const [session, feed] of this.#feeds) {
      const head = this.#options.headSeq(session);
      if (head === null) continue;
      const isFarBehind = head - (feed.log.newest?.to ?? 0) > FAR_RECORDS && !feed.hasJumped;
      if (isFarBehind) feed.hasJumped = true;
      needs ||= isFarBehind || !feed.isSubscribed;
    }
    return needs;
  }

  connectionLost(): void {
    for (const feed of this.#feeds.values()) {
      feed.isSubscribed = false;
      feed.hasJumped = false;
    }
  }

  /** A batch of this session left a hole, or filled it. */
  hole(session: SessionId, isThere: boolean): void {
    const feed = this.#feeds.get(session);
    if (feed === undefined) return;
    for (const wake of feed.wakes) wake();
    feed.wakes.clear();
    if (!isThere) {
      feed.holeSince = null;
      return;
    }
    const now = this.#options.clock.monotonic();
    feed.holeSince ??= now;
    if (now - feed.holeSince >= GAP_ASK_RELAY_MS) {
      const from = (feed.log.newest?.to ?? 0) + 1;
      void this.#history(feed, session, from, from + HISTORY_PAGE - 1);
    } else if (now - feed.lastAsked >= RESUB_GAP_MS) {
      feed.lastAsked = now;
      // Left out once and named again: a session that stays keeps its place, and that place is past the hole.
      this.#options.resubscribe(session);
      this.#options.resubscribe();
    }
  }

  /** The hub has nothing at or below `q`. */
  floor(session: SessionId, q: number): void {
    const feed = this.#feeds.get(session);
    if (feed === undefined) return;
    feed.log.mayStart(q + 1);
    const held = feed.log.newest?.to ?? 0;
    if (held > 0 && held < q) void this.#history(feed, session, held + 1, q);
  }

  /** Asks for the page below what is held; resolves when it came or could not be had. */
  async older(session: SessionId): Promise<void> {
    const feed = this.#feeds.get(session);
    const from = feed?.log.newest?.from ?? 1;
    if (feed === undefined || from <= 1) return;
    await this.#page(feed, session, from - 1);
  }

  /** Fills the hole between an older part and the newest one, from its newer end. */
  async join(session: SessionId): Promise<void> {
    const feed = this.#feeds.get(session);
    if (feed === undefined || feed.isFetching || feed.log.forked) return;
    feed.isFetching = true;
    try {
      for (;;) {
        const { newest, runs } = feed.log;
        if (newest === null || runs.length < 2) return;
        await this.#page(feed, session, newest.from - 1);
        if (feed.log.newest?.from === newest.from) return;
      }
    } finally {
      feed.isFetching = false;
    }
  }

  async #page(feed: Feed, session: SessionId, to: number): Promise<void> {
    const below = feed.log.runs.findLast((run) => run.to <= to)?.to ?? 0;
    const from = Math.max(1, below + 1, to - RECORDS_PAGE + 1);
    feed.log.mayStart(from);
    this.#options.send({ t: "pull", s: session, from, to });
    if (await this.#until(feed, () => feed.log.newest !== null && feed.log.newest.from <= from)) return;
    await this.#history(feed, session, from, to);
  }

  async #history(feed: Feed, session: SessionId, from: number, to: number): Promise<void> {
    feed.log.mayStart(from);
    try {
      let next: number | undefined = from;
      while (next !== undefined && next <= to) {
        const page: { frames: string[]; next?: number | undefined } = await this.#options.live.run("history.get", {
          s: session,
          from: next,
          to: Math.min(to, next + HISTORY_PAGE),
        });
        const frames = page.frames.flatMap((text) => frameOf("EVT", fromB64(text)) ?? []);
        await this.#options.received(session, frames);
        if (page.next !== undefined && page.next <= next) return;
        next = page.next;
      }
    } catch (error) {
      // Away, or too slow: the hole stays, the view says so, and the next reconnect asks again.
      if (!isAppError(error)) throw error;
    }
  }

  /** Waits for frames that come in their own time; false when they do not. */
  async #until({ wakes }: Feed, isThere: () => boolean): Promise<boolean> {
    const { clock } = this.#options;
    const giveUpAt = clock.monotonic() + PAGE_WITHIN_MS;
    while (!isThere()) {
      const leftMs = giveUpAt - clock.monotonic();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(leftMs, resolve);
        wakes.add(() => {
          cancel();
          resolve();
        });
      });
    }
    return true;
  }
}

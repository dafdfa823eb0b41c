// The open conversations of one machine: fed by the session logs, told to the host as patches.
import { knownItemOf, RECORDS_AT_FIRST, RECORDS_PAGE, type MachineId, type SessionId } from "../../schema/index.ts";
import { sessionAlarm, type Suspicions } from "./alarms.ts";
import type { Blobs } from "./blobs.ts";
import { Conversation } from "./conversation.ts";
import type { TimelinePatch } from "./timeline/patch.ts";
import type { RecordRow } from "./live-store.ts";
import type { SessionFeeds } from "./session-feeds.ts";
import type { FoldContext } from "./timeline/context.ts";
import type { TimelineEntry } from "./model.ts";

/** After an absence at most so many records are shown in one go: each costs the page time before the next tap. */
const REJOINED_RECORDS = 2000;

interface ConversationsOptions {
  readonly machine: MachineId;
  readonly feeds: () => SessionFeeds;
  readonly context: (session: SessionId) => FoldContext;
  readonly blobs: Blobs;
  readonly tail: (conversation: Conversation) => readonly TimelineEntry[];
  /** This conversation has something to tell. */
  readonly dirty: (session: SessionId) => void;
  /** Storage failed. */
  readonly failed: (error: unknown) => void;
}

/** One per machine. */
export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #open = new Map<SessionId, Conversation>();
  /** Records whose large items were asked for on this connection, or came. */
  readonly #fetched = new Set<string>();
  /** Where the reader was, while a newer part stands apart. */
  readonly #wantedFrom = new Map<SessionId, number>();

  constructor(options: ConversationsOptions) {
    this.#options = options;
  }

  get(session: SessionId): Conversation | null {
    return this.#open.get(session) ?? null;
  }

  get all(): readonly Conversation[] {
    return [...this.#open.values()];
  }

  /** Opens from the cache; the newest page first. Idempotent. */
  async open(session: SessionId): Promise<Conversation> {
    const held = this.#open.get(session);
    if (held !== undefined) return held;
    const { machine, feeds, context, dirty } = this.#options;
    const conversation = new Conversation(machine, session, context(session));
    this.#open.set(session, conversation);
    const log = await feeds().follow(session);
    const { newest } = log;
    if (newest !== null) {
      const from = Math.max(newest.from, newest.to - RECORDS_AT_FIRST + 1);
      const rows = unbrokenEnd(await log.records(from, newest.to));
      if (conversation.range === null) conversation.refold(rows);
      conversation.status = "ready";
    }
    dirty(session);
    this.#fetchLarge(conversation).catch(this.#options.failed);
    return conversation;
  }

  /** Fetches large items of what is shown, one after the other, each at most once on a connection. */
  async #fetchLarge(conversation: Conversation): Promise<void> {
    const { blobs, feeds, dirty } = this.#options;
    const { session } = conversation;
    for (const row of conversation.withBlobs()) {
      const name = `${session}/${row.seq}`;
      if (this.#fetched.has(name) || this.#open.get(session) !== conversation) continue;
      this.#fetched.add(name);
      const items = await Promise.all(
        row.items.map(async (item) => {
          const known = knownItemOf(item);
          return known?.k === "blob" ? ((await blobs.item(session, known)) ?? item) : item;
        }),
      );
      if (items.every((item, index) => item === row.items[index])) continue;
      const whole = { ...row, items, bytes: row.bytes + sizeOfBlobs(row) };
      conversation.replace(whole);
      dirty(session);
      await feeds().log(session)?.replace(whole);
    }
  }

  /** A new connection: large items that could not be had are asked for once more. */
  connected(): void {
    this.#fetched.clear();
    for (const conversation of this.#open.values()) this.#fetchLarge(conversation).catch(this.#options.failed);
  }

  close(session: SessionId): void {
    for (const name of this.#fetched) if (name.startsWith(`${session}/`)) this.#fetched.delete(name);
    this.#open.delete(session);
    this.#wantedFrom.delete(session);
  }

  /** New records of a session were taken. */
  async added(session: SessionId, rows: readonly RecordRow[]): Promise<void> {
    const conversation = this.#open.get(session);
    const newest = this.#options.feeds().log(session)?.newest;
    if (conversation === undefined || newest == null) return;
    conversation.status = "ready";
    const { range } = conversation;
    const isApart = range !== null && newest.from > range.to + 1;
    if (isApart) {
      const wanted = Math.min(range.from, this.#wantedFrom.get(session) ?? Infinity);
      // A reader who was away for much longer than a screen starts at the end; the rest is above, page by page.
      if (newest.to - wanted <= REJOINED_RECORDS) this.#wantedFrom.set(session, wanted);
      else this.#wantedFrom.delete(session);
      conversation.refold(rows.filter(({ seq }) => seq >= newest.from));
      void this.#options.feeds().join(session);
    } else {
      conversation.append(rows.filter(({ seq }) => seq >= newest.from));
    }
    conversation.noteNamed(rows);
    this.#options.dirty(session);
    const wanted = this.#wantedFrom.get(session);
    if (wanted !== undefined && newest.from <= wanted) {
      this.#wantedFrom.delete(session);
      await this.#extendTo(conversation, wanted);
    }
    this.#fetchLarge(conversation).catch(this.#options.failed);
  }

  /** One page more above; resolves when it is shown or could not be had. */
  async older(session: SessionId): Promise<void> {
    const conversation = this.#open.get(session);
    const range = conversation?.range;
    if (conversation === undefined || range == null || range.from <= 1 || conversation.isLoadingOlder) return;
    conversation.isLoadingOlder = true;
    this.#options.dirty(session);
    try {
      const feeds = this.#options.feeds();
      if ((feeds.log(session)?.newest?.from ?? range.from) >= range.from) await feeds.older(session);
      await this.#extendTo(conversation, range.from - RECORDS_PAGE);
    } finally {
      conversation.isLoadingOlder = false;
      this.#options.dirty(session);
    }
  }

  /** Puts what the cache holds above what is shown. Only that is read: below it, records may come meanwhile. */
  async #extendTo(conversation: Conversation, wanted: number): Promise<void> {
    const { feeds, dirty } = this.#options;
    const { session } = conversation;
    const log = feeds().log(session);
    const from = Math.max(log?.newest?.from ?? Infinity, wanted, 1);
    const shown = conversation.range?.from ?? 0;
    if (log === null || shown <= from) return;
    const rows = await log.records(from, shown - 1);
    // Another page may have been put above meanwhile.
    const above = conversation.range?.from ?? shown;
    conversation.prepend(unbrokenEnd(rows.filter(({ seq }) => seq < above)));
    dirty(session);
  }

  /** What to tell the host about one conversation. */
  patch(session: SessionId, suspicions: Suspicions, now: number): TimelinePatch | null {
    const conversation = this.#open.get(session);
    if (conversation === undefined) return null;
    conversation.fold.refreshWaits();
    return {
      fresh: conversation.takeFresh(),
      splices: conversation.takeSplices(this.#options.tail(conversation)),
      status: conversation.status,
      more: (conversation.range?.from ?? 1) > 1,
      loadingOlder: conversation.isLoadingOlder,
      alarm: this.#isForked(session) ? { kind: "forked", session } : sessionAlarm(suspicions, session, now),
    };
  }

  #isForked(session: SessionId): boolean {
    return this.#options.feeds().log(session)?.forked ?? false;
  }
}

function sizeOfBlobs({ items }: RecordRow): number {
  return items.reduce((sum, item) => {
    const known = knownItemOf(item);
    return known?.k === "blob" ? sum + known.size : sum;
  }, 0);
}

/** The end of a list of records that has no hole: another tab may have evicted older ones. */
function unbrokenEnd(rows: readonly RecordRow[]): readonly RecordRow[] {
  let start = rows.length - 1;
  while (start > 0 && rows[start - 1]?.seq === (rows[start]?.seq ?? 0) - 1) start -= 1;
  return start <= 0 ? rows : rows.slice(start);
}

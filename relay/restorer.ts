// A relay that goes on from an older copy of its state (protocol section 10): what it took back from the Worker is read for
// what ran meanwhile, then every device must change its keys, and everything is published again.
import {
  decodePlain,
  HEAD_DOC,
  isFrame,
  knownItemOf,
  MACHINE_SESSION,
  openFrame,
  parseFrame,
  recordPlain,
  type CommandRef,
  type Item,
  type PromptBlock,
  type PromptOrigin,
  type SessionId,
} from "../schema/index.ts";
import type { Clock } from "./clock.ts";
import type { Commands } from "./commands/ports.ts";
import type { Database } from "./journal/database.ts";
import type { Documents } from "./journal/documents.ts";
import type { SessionLog } from "./journal/ports.ts";
import { lostHead } from "./lost-session.ts";
import { readRecords } from "./journal/record-table.ts";
import type { HeadRevs, Restoring } from "./link/restoring.ts";
import type { Sessions } from "./sessions/sessions.ts";
import { Told } from "./told.ts";
import { clearMark, markRestore, restoreMark, type RestoreMark } from "./trust/restore-mark.ts";
import type { TrustStore } from "./trust/trust-store.ts";

/** What it works with. */
export interface RestorerParts {
  readonly db: Database;
  readonly clock: Pick<Clock, "now">;
  readonly trust: TrustStore;
  readonly documents: Pick<Documents, "republish" | "get" | "put">;
  readonly log: Pick<SessionLog, "unsay" | "append">;
  readonly commands: () => Pick<Commands, "recover" | "setBack">;
  readonly sessions: Pick<Sessions, "takenBack">;
  readonly note: (event: string, facts?: Readonly<Record<string, unknown>>) => void;
}

const PAGE = { maxBytes: 1024 * 1024, maxRecords: 256 };
/** A rev further ahead of this clock than this is no rev of ours: counting on from it would end the counting. */
const REV_AHEAD_MS = 366 * 86_400_000;

/** Of one session: the newest seq taken back, the first prompt among them, and what they tell. */
interface Place {
  seq: number;
  asked: readonly PromptBlock[];
  readonly told: Told;
}

/** What the adopted records say. */
interface Lessons {
  /** Commands that ran; one named by device and counter only is of the generation that the device has here. */
  readonly used: CommandRef[];
  /** Sessions with records taken back. */
  readonly sessions: Map<SessionId, Place>;
  records: number;
  epoch: number;
  /** A record that no key here opens. */
  isSealed: boolean;
}

/** One per relay. */
export class Restorer implements Restoring {
  readonly #parts: RestorerParts;
  #isCompared = false;

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  isDue(): boolean {
    return restoreMark(this.#parts.db) !== null;
  }

  mark(session: SessionId, from: number): void {
    markRestore(this.#parts.db, "behind", [session, from]);
  }

  async finish(heads: HeadRevs): Promise<void> {
    const { db, clock, trust, documents, log, sessions, commands, note } = this.#parts;
    const mark = restoreMark(db);
    if (mark === null) return;
    const lessons = await this.#read(mark);
    const above = { rings: this.#bounded(heads.rings), grants: this.#bounded(heads.grants) };
    const isTrustLost = lessons.isSealed || heads.grants > mark.grants;
    for (const [session, { told }] of lessons.sessions) {
      log.unsay(session, (item) => told.says(item));
      sessions.takenBack(session, told.turn);
      for (const { of, prompt } of told.waiting) if (!this.#queues(session, of)) this.#tellLeft(session, of, prompt);
    }
    await commands().setBack(lessons.used);
    const { records, epoch } = lessons;
    await trust.restore({ why: mark.why, epoch, isTrustLost, records, above }, () =>
      clearMark(db, { at: clock.now(), why: mark.why, records }),
    );
    await this.#tellLost(lessons);
    await documents.republish(this.#bounded(heads.docs));
    note("restored", { why: mark.why, records, isTrustLost });
  }

  /** Once per boot: what an earlier one left open begins only now, when it is known that nobody has done it since. */
  async compared(): Promise<void> {
    if (this.#isCompared) return;
    this.#isCompared = true;
    await this.#parts.commands().recover();
  }

  /** The copy has the prompt itself: it goes on to wait. */
  #queues(session: SessionId, of: PromptOrigin): boolean {
    const { db } = this.#parts;
    return db.get("SELECT 1 FROM prompt WHERE s = ? AND ref = ?", session, JSON.stringify(of)) !== undefined;
  }

  /** It may have been read, in a turn whose record nobody has: it is not sent again by itself, and not lost without a word. */
  #tellLeft(session: SessionId, of: PromptOrigin, prompt: readonly PromptBlock[]): void {
    const { log, note } = this.#parts;
    const words = prompt.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
    const items: Item[] = [
      { k: "unqueued", of, why: "withdrawn", prompt: [...prompt] },
      { k: "note", code: "set-back", text: words },
    ];
    for (const item of items)
      log.append(session, item).catch((error: unknown) => note("prompt-untold", { session, error: String(error) }));
  }

  /** A session that is only known from its records must not be shown as if it ran. */
  async #tellLost({ sessions }: Lessons): Promise<void> {
    const { documents, clock } = this.#parts;
    for (const [session, { seq, asked }] of sessions) {
      const isKnown = session === MACHINE_SESSION || (documents.get(session, HEAD_DOC) ?? null) !== null;
      if (!isKnown) await documents.put(session, HEAD_DOC, lostHead({ seq, asked, now: clock.now() }));
    }
  }

  #bounded(rev: number): number {
    return rev > this.#parts.clock.now() + REV_AHEAD_MS ? 0 : rev;
  }

  async #read({ adopted }: RestoreMark): Promise<Lessons> {
    const lessons: Lessons = { used: [], sessions: new Map(), records: 0, epoch: 0, isSealed: false };
    for (const [session, from] of adopted) await this.#readSession(session, from, lessons);
    return lessons;
  }

  async #readSession(session: SessionId, from: number, lessons: Lessons): Promise<void> {
    const { db, trust } = this.#parts;
    const place: Place = { seq: from, asked: [], told: new Told() };
    for (let next = from; ;) {
      const page = readRecords(db, session, next, PAGE);
      if (page.length === 0) return;
      for (const { seq, frame: bytes } of page) {
        next = seq + 1;
        const frame = parseFrame(bytes);
        if (!isFrame(frame, "EVT")) throw new Error("the journal holds a frame that is no record");
        const { epoch } = frame.header;
        lessons.records += 1;
        place.seq = seq;
        lessons.sessions.set(session, place);
        lessons.epoch = Math.max(lessons.epoch, epoch);
        const key = trust.epochs.has(epoch) ? await trust.epochs.key(epoch, session) : null;
        const plain = key === null ? null : await openFrame(frame, key);
        if (plain === null) lessons.isSealed = true;
        else for (const item of decodePlain("EVT", plain, recordPlain)) this.#learn(place, knownItemOf(item), lessons);
      }
    }
  }

  /** What ran is over for good; a prompt that an agent has taken is not in the queue any more. */
  #learn(place: Place, item: Item | null, { used }: Lessons): void {
    if (item === null) return;
    const { db, trust } = this.#parts;
    place.told.learn(item);
    if (item.k === "user" && place.asked.length === 0) place.asked = item.prompt;
    if (item.k === "cmd" && item.by !== "desk" && item.ctr !== undefined) {
      used.push([item.by, trust.get(item.by)?.g ?? 0, item.ctr]);
    } else if (item.k === "user" && item.of !== "desk") {
      used.push(item.of);
    } else if (item.k === "turn") {
      for (const of of item.of) {
        if (of !== "desk") used.push(of);
        db.run(
          "UPDATE prompt SET state = 'taken', turn = ? WHERE ref = ? AND state <> 'withdrawn'",
          item.t,
          JSON.stringify(of),
        );
      }
    }
  }
}

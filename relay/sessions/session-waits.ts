// The open waits of one session: an agent's question becomes a durable, digested wait; whoever settles it first wins, and
// that is committed before the agent hears it.
import {
  AppError,
  digestOf,
  type Hash,
  HEAD_WAITS,
  type HeadDoc,
  isAppError,
  randomId,
  type SessionId,
  type WaitAnswer,
  type WaitId,
  WAIT_REQ_IN_HEAD_BYTES,
  type WaitKind,
} from "../../schema/index.ts";
import type { AgentProcess, AgentWait } from "../agents/driver.ts";
import type { Clock } from "../clock.ts";
import { failpoint } from "../failpoint.ts";
import type { SessionItems } from "./session-items.ts";
import { CLOCK_STEP_MS, HEAD_REQ_BYTES } from "./session-limits.ts";
import { checkAnswer } from "./wait-answer.ts";
import type { Settlement, WaitRow, WaitRows } from "./wait-rows.ts";

/** Waits that outlive even a Stop: they stand until a clock, a person or the next prompt ends them. */
const STANDING: ReadonlySet<WaitKind> = new Set(["limit", "login"]);

export interface SessionWaitsOptions {
  readonly session: SessionId;
  readonly clock: Clock;
  readonly rows: WaitRows;
  /** Names the run of the agent. */
  readonly mark: () => string;
  readonly items: Pick<SessionItems, "append" | "tell">;
  /** A wait is open (its record is committed) or closed. */
  readonly onChanged: (change: { readonly type: "wait-opened" | "wait-closed"; readonly wid: WaitId }) => void;
  /** One that was open already has its record. */
  readonly onPlaced: () => void;
  /** A usage limit or a missing login is over: its time came (`by` clock), or somebody says so. */
  readonly onWayFree: (kind: WaitKind, by: "clock" | "person") => void;
  readonly report: (error: unknown) => void;
}

/** What a person's answer names. */
export interface GivenAnswer extends Pick<Settlement, "by" | "ref" | "answer"> {
  readonly wid: WaitId;
  readonly digest: Hash;
}

interface Asker {
  readonly key: string;
  readonly process: AgentProcess;
  cancelTimer: () => void;
}

export class SessionWaits {
  readonly #options: SessionWaitsOptions;
  /** Who asked, for the waits of the running agent. */
  readonly #askers = new Map<WaitId, Asker>();

  constructor(options: SessionWaitsOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the wait is in the log and open. `within` is called inside that commit. One that an agent opened for an
   * earlier relay, which ended in this very moment, keeps its id.
   */
  async open(process: AgentProcess, wait: AgentWait, within?: () => void): Promise<void> {
    const { session, clock, rows, items, onChanged } = this.#options;
    const { key, kind, req, until } = wait;
    const digest = await digestOf(req);
    const name = this.#nameOf(key);
    const known = rows.named(name);
    const wid = known === null || known.done !== undefined ? randomId<WaitId>() : known.wid;
    if (wid !== known?.wid) {
      // The row comes first: a crash in between must find the wait to close it.
      const since = clock.now();
      rows.add({ wid, s: session, kind, digest, req, since, ...(until === undefined ? {} : { until }) }, name);
    }
    failpoint("wait.asked");
    this.#askers.set(wid, { key, process, cancelTimer: () => undefined });
    const item = { k: "wait" as const, wid, kind, digest, req, ...(until === undefined ? {} : { until }) };
    const { seq } = await items.append(item, (inRecord) => {
      if (inRecord !== null) rows.placed(wid, inRecord);
      within?.();
    });
    rows.placed(wid, seq);
    failpoint("wait.opened");
    onChanged({ type: "wait-opened", wid });
    if (until !== undefined) this.#tick(wid, until);
  }

  /** The log kept one without a seq and has a record for it now; call inside that commit. */
  placed(wid: WaitId, seq: number): void {
    this.#options.rows.placed(wid, seq);
    // Once the commit is over: only then it may be shown.
    queueMicrotask(() => this.#options.onPlaced());
  }

  /** The agent of an earlier boot is heard again: open waits are its own, and an answer it may have missed is said again. */
  adopt(process: AgentProcess): void {
    const { session, rows, report } = this.#options;
    for (const { wid, until } of rows.open(session)) {
      const key = rows.nameOf(wid)?.slice(this.#nameOf("").length);
      if (key === undefined) continue;
      this.#askers.set(wid, { key, process, cancelTimer: () => undefined });
      if (until !== undefined) this.#tick(wid, until);
    }
    for (const key of process.openWaits ?? []) {
      const done = rows.named(this.#nameOf(key))?.done;
      if (done === undefined || done.by === "agent") continue;
      process.answer(key, done.answer).catch((error: unknown) => {
        // It had arrived after all, or does not fit any more.
        if (!isAppError(error)) report(error);
      });
    }
  }

  /** The agent no longer wants an answer; after its time that was the clock's doing. */
  withdrawn(process: AgentProcess, key: string): void {
    for (const [wid, asker] of this.#askers) {
      if (asker.process !== process || asker.key !== key) continue;
      const until = this.#options.rows.get(wid)?.until;
      const isTimeUp = until !== undefined && until <= this.#options.clock.now();
      this.#close(wid, isTimeUp ? "clock" : "agent");
    }
  }

  /** A Stop ended the turn: nothing that was asked is asked any more, but for waits that stand by themselves. */
  stopped(): void {
    const open = this.#options.rows.open(this.#options.session);
    for (const { wid, kind } of open) if (!STANDING.has(kind)) this.#close(wid, "agent");
  }

  /**
   * What is still asked after a turn: its driver has withdrawn what was of the turn alone, and a task in the background
   * waits on. Ask once the turn's end is committed, because a wait may end meanwhile.
   */
  stillOpen(): readonly Pick<WaitRow, "wid" | "kind">[] {
    return this.#options.rows.open(this.#options.session);
  }

  /** Tells the log how a wait was settled, which a crash kept from it. */
  retell({ wid, done }: WaitRow): void {
    const { items, rows } = this.#options;
    if (done !== undefined) items.tell({ k: "waitdone", wid, ...done }, () => rows.told(wid));
  }

  /** The agent is gone: nobody is left to hear an answer. */
  closeAll(): void {
    for (const { wid } of this.#options.rows.open(this.#options.session)) this.#close(wid, "agent");
  }

  /**
   * Settles a wait for good, then tells the agent. E_NOT_FOUND; E_DIGEST when something else was shown; E_SCHEMA when the
   * answer does not fit (the wait stays open); E_RESOLVED, with the effective `answer` (JSON) and `by`, when it is over.
   */
  async answer(given: GivenAnswer): Promise<{ answer: WaitAnswer; by: string }> {
    const { session, clock, rows, items, report } = this.#options;
    const { wid, digest, answer, by, ref } = given;
    const row = rows.get(wid);
    if (row === null || row.s !== session) throw new AppError("E_NOT_FOUND", { reason: "no such wait" });
    if (row.digest !== digest) throw new AppError("E_DIGEST", { reason: "something else was asked" });
    if (row.done !== undefined) throw resolved(row.done);
    checkAnswer(row.kind, row.req, answer);
    // From here to the update nothing awaits: two answers cannot both pass.
    const isFirst = rows.settle(wid, { by, answer, at: clock.now(), ...(ref === undefined ? {} : { ref }) });
    if (!isFirst) throw resolved(rows.get(wid)?.done);
    failpoint("wait.settled");
    await items.append({ k: "waitdone", wid, by, answer }, () => rows.told(wid));
    failpoint("wait.told");
    const asker = this.#askers.get(wid);
    try {
      await this.#tell(asker, answer);
    } catch (error) {
      if (!isAppError(error)) report(error);
      else await this.#untaken(row, asker, error);
    }
    failpoint("wait.answered");
    this.#forget(wid);
    if (STANDING.has(row.kind)) this.#options.onWayFree(row.kind, "person");
    return { answer, by };
  }

  /** For the session's head: oldest first, at most HEAD_WAITS; only what the log holds. */
  forHead(): HeadDoc["waits"] {
    let leftBytes = HEAD_REQ_BYTES;
    return this.#options.rows
      .open(this.#options.session)
      .filter((row) => row.q !== undefined)
      .slice(0, HEAD_WAITS)
      .map(({ wid, kind, digest, since, until, req, q = 0 }) => {
        const bytes = Buffer.byteLength(req);
        const fits = bytes <= Math.min(WAIT_REQ_IN_HEAD_BYTES, leftBytes);
        if (fits) leftBytes -= bytes;
        return { wid, kind, digest, q, since, ...(until === undefined ? {} : { until }), ...(fits ? { req } : {}) };
      });
  }

  /** Keys repeat from run to run of an agent; with its mark before it a key is one wait's. */
  #nameOf(key: string): string {
    return `${this.#options.mark()}/${key}`;
  }

  async #tell(asker: Asker | undefined, answer: WaitAnswer): Promise<void> {
    if (asker === undefined) throw new AppError("E_RESOLVED", { reason: "the agent is gone" });
    await asker.process.answer(asker.key, answer);
  }

  /**
   * The agent did not take an answer that stands as given for everybody. If it did not fit, the agent still waits: it is
   * asked about anew, and the person hears why. Otherwise the log tells it.
   */
  async #untaken({ wid, kind, req, until }: WaitRow, asker: Asker | undefined, error: AppError): Promise<void> {
    const { items } = this.#options;
    const said = error.data["text"] ?? error.data["reason"];
    items.tell({ k: "note", code: error.code, ...(typeof said === "string" ? { text: said } : {}) });
    if (error.code !== "E_SCHEMA" || asker === undefined) return;
    this.#forget(wid);
    await this.open(asker.process, { key: asker.key, kind, req, ...(until === undefined ? {} : { until }) });
    throw error;
  }

  #forget(wid: WaitId): void {
    this.#askers.get(wid)?.cancelTimer();
    this.#askers.delete(wid);
    this.#options.onChanged({ type: "wait-closed", wid });
  }

  /** False when somebody else settled it before. */
  #close(wid: WaitId, by: "agent" | "clock"): boolean {
    const { clock, rows, items, onWayFree } = this.#options;
    const answer: WaitAnswer = {};
    if (!rows.settle(wid, { by, answer, at: clock.now() })) return false;
    const kind = rows.get(wid)?.kind;
    items.tell({ k: "waitdone", wid, by, answer }, () => rows.told(wid));
    this.#forget(wid);
    if (kind === "limit" && by === "clock") onWayFree(kind, by);
    return true;
  }

  /** In short steps, because timers stand still while the machine sleeps. */
  #tick(wid: WaitId, until: number): void {
    const asker = this.#askers.get(wid);
    if (asker === undefined) return;
    const leftMs = until - this.#options.clock.now();
    if (leftMs > 0) {
      asker.cancelTimer = this.#options.clock.setTimer(() => this.#tick(wid, until), Math.min(leftMs, CLOCK_STEP_MS));
      return;
    }
    void this.#timeUp(wid, asker).catch(this.#options.report);
  }

  async #timeUp(wid: WaitId, { process, key }: Asker): Promise<void> {
    if (!this.#close(wid, "clock")) return;
    await process.answer(key, {}).catch((error: unknown) => {
      // The agent noticed by itself meanwhile: there is nothing to tell it.
      if (!isAppError(error, "E_RESOLVED")) throw error;
    });
  }
}

function resolved(done: WaitRow["done"]): AppError {
  return new AppError("E_RESOLVED", {
    reason: "answered already",
    ...(done === undefined ? {} : { by: done.by, answer: JSON.stringify(done.answer) }),
  });
}

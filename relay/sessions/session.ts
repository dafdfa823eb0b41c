// One session: what is true of it, its agent while there is one, its queue, its waits. Everything that happens becomes an
// item of its log, and its head document says how it stands. Who may do what is decided elsewhere.
//
// Order of truth. A prompt: row, `user` item, result. A turn: rows taken; in the same breath the agent gets it and the log
// is told, so that `turn` names what the agent has. No prompt is sent twice: one whose turn was cut off stays taken.
import {
  FIRST_FACTS,
  HEAD_DOC,
  nextFacts,
  type PromptBlock,
  type PromptOrigin,
  randomBytes,
  type SessionEvent,
  type SessionFacts,
  type SessionId,
  type SessionStatus,
  statusOf,
  toB64,
  type WaitAnswer,
  type WaitKind,
} from "../../schema/index.ts";
import type { AgentProcess, TurnEnd } from "../agents/driver.ts";
import { type Adopted, AgentRun, type RunListener } from "./agent-run.ts";
import { forgottenWords, STORAGE_WORDS } from "./agent-words.ts";
import { HeadPublisher } from "./head-publisher.ts";
import { titleFrom } from "./last-words.ts";
import { LimitedTurn } from "./limited-turn.ts";
import type { QueuedPrompt } from "./prompt-queue.ts";
import { SessionEvents } from "./session-events.ts";
import { addUsage, headOf } from "./session-head.ts";
import { SessionItems } from "./session-items.ts";
import { SessionPrompts } from "./session-prompts.ts";
import type { SessionParts } from "./session-parts.ts";
import type { SessionRow } from "./session-rows.ts";
import { type GivenAnswer, SessionWaits } from "./session-waits.ts";

/** The agent's last words, and why the relay ended it. */
type Told = { readonly words?: string; readonly why?: string | undefined };

export class Session {
  /** Its queue and its waits, for changes that concern nothing else of the session. */
  readonly prompts: SessionPrompts;
  readonly waits: SessionWaits;
  readonly #parts: SessionParts;
  readonly #head: HeadPublisher;
  readonly #items: SessionItems;
  readonly #events: SessionEvents;
  #limited = new LimitedTurn();
  #row: SessionRow;
  #facts: SessionFacts;
  #branch: string | undefined;
  #run: AgentRun | undefined;
  /** Its item is with the log, committed or not. */
  #isTurnOnItsWay = false;

  /** A session at rest, or one whose row is about to be started. */
  constructor(parts: SessionParts, row: SessionRow) {
    this.#parts = parts;
    this.#row = row;
    this.#facts = row.state === "live" ? FIRST_FACTS : { agent: "down", why: row.state };
    this.#items = new SessionItems({
      ...{ session: row.s, log: parts.log },
      onSettled: () => this.#head.touch(),
      onLost: (error) => this.#storageFailed(error),
    });
    const own = { session: row.s, clock: parts.clock, items: this.#items, report: this.#report };
    this.prompts = new SessionPrompts({ ...own, db: parts.db, queue: parts.prompts });
    this.#head = new HeadPublisher({
      ...{ clock: parts.clock, onError: this.#report },
      read: () => headOf(this.#row, { parts, status: this.status, branch: this.#branch, waits: this.waits.forHead() }),
      put: (head) => parts.docs.put(row.s, HEAD_DOC, head),
    });
    this.waits = new SessionWaits({
      ...own,
      rows: parts.waits,
      mark: () => this.#row.mark ?? "",
      onChanged: (change) => this.#apply(change),
      onPlaced: () => this.#head.touch(),
      onWayFree: (kind, by) => this.#wayFree(kind, by),
    });
    this.#events = new SessionEvents({
      ...{ session: row.s, rows: parts.rows, items: this.#items, waits: this.waits },
      row: () => this.#row,
      save: (change) => this.#save(change),
      onLastWords: (last) => (this.#row = { ...this.#row, last }),
      onOpened: () => this.#head.touch(),
      limited: () => this.#limited,
      onStorageFailed: (error) => this.#storageFailed(error),
    });
  }

  get s(): SessionId {
    return this.#row.s;
  }

  get row(): SessionRow {
    return this.#row;
  }

  get status(): SessionStatus {
    return statusOf(this.#facts);
  }

  /** Starts the agent of a new session, or of one at rest. Returns when the row is committed; the agent comes later. `note`: told first. */
  start(note?: { readonly code: string; readonly text: string }): void {
    if (this.#facts.agent === "up") throw new TypeError("start of a session that is up");
    if (this.#run !== undefined) return;
    this.#save({ state: "live", isHeld: false, isArchived: false, error: undefined, mark: toB64(randomBytes(16)) });
    this.#apply({ type: "resumed" });
    this.#items.tell({ k: "state", s: "starting" });
    if (note !== undefined) this.#items.tell({ k: "note", ...note });
    this.#begin({ onReady: (process, pidStart) => this.#ready(process, pidStart) });
    void this.refresh();
  }

  /** Goes on with an earlier boot's agent, by its host's log. Resolves when it is found, or known to be gone. */
  adopt(adopted: Adopted): Promise<void> {
    const { turn, isTurnOpen } = this.#row;
    const waits = this.#parts.waits.open(this.s).map(({ wid }) => wid);
    this.#facts = { agent: "up", turn: isTurnOpen ? turn : null, waits };
    return this.#begin({ onReady: (process) => this.#found(process) }, adopted).opened;
  }

  #begin({ onReady }: Pick<RunListener, "onReady">, adopted?: Adopted): AgentRun {
    const listener: RunListener = {
      ...{ onReady, report: this.#report },
      onForgotten: () => this.#forgotten(),
      onEvent: async (process, event) => {
        if (this.#run === run) await this.#events.take(process, event);
      },
      onLost: (words) => this.#down(run, "agent-lost", { words }),
    };
    const run = new AgentRun(this.#parts, this.#row, listener, adopted);
    this.#run = run;
    this.#limited = new LimitedTurn();
    return run;
  }

  /** Adds a prompt; resolves once it is in the queue for good. `before` = prompts ahead of it. */
  async enqueue(of: PromptOrigin, blocks: readonly PromptBlock[]): Promise<{ before: number }> {
    const named = this.#row.isTitled ? {} : { title: titleFrom(blocks), isTitled: true };
    // Sending again is what lets a stopped queue go on.
    const change = { isHeld: false, isArchived: false, ...named };
    const { before, told } = this.prompts.add(of, blocks, () => this.#save(change));
    await told;
    await this.#head.now();
    this.#pump();
    return { before };
  }

  /** See SessionWaits.answer. */
  async answer(given: GivenAnswer): Promise<{ answer: WaitAnswer; by: string }> {
    const result = await this.waits.answer(given);
    await this.#head.now();
    return result;
  }

  /** Stop: ends the turn, keeps the session. What waits is not sent until the next prompt, or resume(). */
  async cancel(): Promise<void> {
    if (this.#facts.agent === "down") return;
    this.#limited.drop();
    if (this.prompts.count > 0) this.#save({ isHeld: true });
    if (this.#row.isTurnOpen) await this.#run?.process?.cancel();
    await this.#head.now();
  }

  /** Lets a held queue go on. Starting an agent again is start()'s. */
  resume(): void {
    if (this.#row.isHeld) this.#save({ isHeld: false });
    this.#pump();
  }

  /** Ends the agent for good (it can be started again). Resolves when none of its processes is left. Idempotent. */
  stop(): Promise<void> {
    return this.#close("stopped");
  }

  /** The relay ends: the agent too, and the session says interrupted. */
  interrupt(): Promise<void> {
    return this.#close("agent-lost", "The relay was stopped.");
  }

  /** The relay goes and the agent stays, where it can; otherwise this is interrupt(). */
  async leave(): Promise<void> {
    if (this.#row.host === undefined) return this.interrupt();
    await this.#run?.leave();
  }

  /** Changes how much the agent may do by itself; at once, and for the next start. E_AGENT with its words. */
  async setMode(mode: string): Promise<void> {
    await this.#run?.process?.configure({ mode });
    this.#save({ mode });
    await this.#head.now();
  }

  /** Out of the way: ended, and marked. Idempotent. */
  async archive(): Promise<void> {
    await this.#close("stopped");
    this.#save({ isArchived: true });
    await this.#head.now();
  }

  /** Publishes the head, with the branch as it is now. */
  async refresh(): Promise<void> {
    this.#branch = await this.#parts.branchOf(this.#row.cwd);
    await this.#head.now();
  }

  /**
   * A session that an earlier boot left behind, its agent being gone: closes its waits and turn and says interrupted, as
   * items that the log keeps together with the row. Nothing here waits for the log.
   */
  writeOff(): void {
    this.#facts = { agent: "down", why: "interrupted" };
    this.#tellEnd("interrupted", { why: "The relay ended without closing this session." });
  }

  /** The next turn comes behind this one. */
  countFrom(turn: number): void {
    if (turn > this.#row.turn && !this.#row.isTurnOpen) this.#save({ turn });
  }

  #ready(process: AgentProcess, pidStart: string | undefined): void {
    const { pid, host } = process;
    // A full disk may have kept from the row that the turn of the agent before is over: found again, this one got it too.
    const cut = this.#row.isTurnOpen ? this.#row.turn : null;
    this.#row = { ...this.#row, pid, pidStart, host, isTurnOpen: false };
    this.#parts.rows.startHosted(this.#row);
    if (cut !== null) this.#items.tell({ k: "turnend", t: cut, stop: "error", error: STORAGE_WORDS });
    this.#apply({ type: "agent-ready" });
    this.#items.tell({ k: "state", s: "idle" });
    this.#pump();
  }

  /** The agent of an earlier boot: it may wait for an answer, or for a prompt that was on its way to it. */
  #found(process: AgentProcess): void {
    const run = this.#run;
    if (this.#row.isTurnUntold === true) this.#tellTurn();
    if (process.openWaits !== undefined) {
      this.#items.tell({ k: "note", code: "readopted", text: "The relay was restarted; the agent went on." });
    }
    this.waits.adopt(process);
    if (run === undefined || !this.#row.isTurnOpen) return this.#pump();
    const batch = this.#parts.prompts.takenBy(this.s, this.#row.turn);
    this.#limited.began();
    this.#untilEnd(run, batch).catch(this.#report);
  }

  #forgotten(): void {
    this.#save({ agentSession: undefined, forkOf: undefined });
    this.#items.tell({ k: "note", code: "resume-refused", text: forgottenWords(this.#row.agent) });
  }

  /** Hands over what waits, if the agent is free to take it. */
  #pump(): void {
    const run = this.#run;
    if (run?.process === undefined || !this.#isFree(run) || this.prompts.count === 0) return;
    this.#turn(run).catch(this.#report);
  }

  #isFree(run: AgentRun): boolean {
    const isIdle = this.#facts.agent === "up" && this.#facts.turn === null;
    return isIdle && this.#run === run && !run.isClosing && !this.#row.isHeld;
  }

  async #turn(run: AgentRun): Promise<void> {
    // What waits is in the log first; in a session whose heads were not compared yet, the agent waits for that too.
    await this.#items.settled();
    if (!this.#isFree(run)) return;
    // From here until the agent has it nothing awaits: a Stop comes before all of it or after.
    const turn = this.#row.turn + 1;
    const taken = { turn, isTurnOpen: true, isTurnUntold: true, error: undefined };
    const batch = this.prompts.take(turn, () => this.#save(taken));
    if (batch.length === 0) return;
    this.#tellTurn();
    this.#events.turnStarts();
    this.#limited.began();
    this.#apply({ type: "turn-started", turn });
    await this.#untilEnd(run, batch);
  }

  /** The newest turn, until it is over. */
  async #untilEnd(run: AgentRun, batch: readonly QueuedPrompt[]): Promise<void> {
    const { turn } = this.#row;
    const end = await run.turn(turn, batch);
    // An agent that is gone, or is being ended, has its turn closed with it.
    if (end === null || this.#run !== run) return;
    await this.#endTurn(turn, end);
    this.#pump();
  }

  #tellTurn(): void {
    this.#isTurnOnItsWay = true;
    const told = this.prompts.tellTaken(this.#row.turn, () => this.#save({ isTurnUntold: undefined }));
    told.catch((error: unknown) => {
      this.#row = { ...this.#row, isTurnUntold: true };
      this.#isTurnOnItsWay = false;
      this.#storageFailed(error);
    });
  }

  async #endTurn(turn: number, end: TurnEnd): Promise<void> {
    const { stop, usage, error } = end;
    if (stop === "cancelled") this.waits.stopped();
    await this.#items.endTurn(turn, end, () => {
      // One commit: a relay that ends in this moment must not wait for the end of this turn again.
      this.#events.taken(end.at);
      this.#save({ isTurnOpen: false, error, usage: addUsage(this.#row.usage, usage) });
    });
    const stillOpen = this.waits.stillOpen();
    // After an error the queue would only run into it again, prompt by prompt.
    const isHeld = this.#row.isHeld || (stop === "error" && this.prompts.count > 0);
    const isLimitOpen = stillOpen.some(({ kind }) => kind === "limit");
    const isLimitOver = this.#limited.ended(turn, { isError: stop === "error", isLimitOpen });
    this.#save({ isHeld });
    this.#apply({ type: "turn-ended" });
    for (const { wid } of stillOpen) this.#apply({ type: "wait-opened", wid });
    if (isLimitOver) this.#wayFree("limit", "clock");
    await this.refresh();
    this.#parts.onTurnEnd(this.#row);
  }

  /** Ends the agent on purpose. A session at rest that was interrupted becomes ended when it is stopped. */
  async #close(type: "stopped" | "agent-lost", why?: string): Promise<void> {
    const run = this.#run;
    if (run === undefined) {
      if (type === "stopped" && this.#facts.agent === "down" && this.#facts.why !== "ended") await this.#end(type);
      return;
    }
    if (this.prompts.count > 0) this.#save({ isHeld: true });
    const closed = run.close();
    // An opening is given up; should that take its time, it is over for everybody else already.
    if (run.process !== undefined) await closed;
    await this.#down(run, type, { why });
    await closed;
  }

  /** Writes down the end of the agent. Idempotent per run. */
  async #down(run: AgentRun, type: "stopped" | "agent-lost", told: Told): Promise<void> {
    if (this.#run !== run) return;
    this.#run = undefined;
    await this.#end(type, told);
    run.process?.forget?.();
  }

  async #end(type: "stopped" | "agent-lost", told: Told = {}): Promise<void> {
    try {
      this.#tellEnd(type === "stopped" ? "ended" : "interrupted", told);
    } catch (error) {
      // The disk refuses. It has no agent all the same; the next start of the relay writes it off.
      this.#report(error);
    }
    this.#apply({ type });
    // Not the item's own commit: a session whose heads were not compared yet keeps it without one.
    await this.#parts.log.flush();
    await this.#head.now();
  }

  /** In one go, so that all of it and the row that says so are one commit: a crash tells it once or not at all. */
  #tellEnd(state: "ended" | "interrupted", { words, why }: Told): void {
    this.waits.closeAll();
    if (this.#row.isTurnUntold === true && !this.#isTurnOnItsWay) this.#tellTurn();
    if (words !== undefined) this.#row = { ...this.#row, error: words };
    const turn = this.#row.isTurnOpen ? this.#row.turn : null;
    this.#items.tellEnd({ state, turn, words, why }, () => this.#rest(state));
  }

  #rest(state: "ended" | "interrupted"): void {
    // Started again meanwhile: then its row is the new agent's.
    if (this.#facts.agent !== "down") return;
    const since = this.#parts.clock.now();
    this.#save({ state, since, isTurnOpen: false, pid: undefined, pidStart: undefined, host: undefined });
  }

  #wayFree(kind: WaitKind, by: "clock" | "person"): void {
    if (kind === "limit") this.prompts.afterLimit(this.#limited.over({ byPerson: by === "person" }));
    this.resume();
  }

  #apply(event: SessionEvent): void {
    const before = this.status;
    this.#facts = nextFacts(this.#facts, event);
    if (this.status !== before) this.#row = { ...this.#row, since: this.#parts.clock.now() };
    void this.#head.now();
  }

  #save(change: Partial<SessionRow>): void {
    this.#row = { ...this.#row, ...change };
    this.#parts.rows.save(this.#row);
  }

  /** An item is lost: the agent must not work on unseen. */
  #storageFailed(error: unknown): void {
    this.#report(error);
    if (this.#run?.isClosing === false) this.#close("agent-lost", STORAGE_WORDS).catch(this.#report);
  }

  readonly #report = (error: unknown): void => this.#parts.report(error, this.s);
}

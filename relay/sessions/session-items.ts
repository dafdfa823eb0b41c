// One session's way into the log: counts what is not committed yet, so that a flood stops at its source.
import type { Item, ItemOf, SessionId } from "../../schema/index.ts";
import type { TurnEnd } from "../agents/driver.ts";
import { failpoint } from "../failpoint.ts";
import type { SessionLog } from "../journal/ports.ts";
import { Backlog } from "./backlog.ts";
import { BACKLOG_CHARS } from "./session-limits.ts";

export interface SessionItemsOptions {
  readonly session: SessionId;
  readonly log: SessionLog;
  /** An item is committed, or refused. */
  readonly onSettled: () => void;
  /** An item that nobody waits for could not be stored: it is lost. */
  readonly onLost: (error: unknown) => void;
}

/** How an agent ended: `turn` is the one that was open, `words` are the agent's, `why` is ours. */
export interface AgentEnd {
  readonly state: "ended" | "interrupted";
  readonly turn: number | null;
  readonly words: string | undefined;
  readonly why: string | undefined;
}

export class SessionItems {
  readonly #options: SessionItemsOptions;
  readonly #backlog = new Backlog(BACKLOG_CHARS);
  #newest: Promise<void> = Promise.resolve();
  /** The turn whose end is with the log, committed or not; 0 for none. */
  #endingTurn = 0;

  constructor(options: SessionItemsOptions) {
    this.#options = options;
  }

  /** Resolves with the record's seq once it is committed. `within`: see SessionLog.append. */
  append(item: Item, within?: (seq: number | null) => void): Promise<{ readonly seq: number }> {
    const size = sizeOf(item);
    this.#backlog.add(size);
    const { log, session, onSettled } = this.#options;
    const done = log.append(session, item, within);
    const settled = (): void => {
      this.#backlog.remove(size);
      onSettled();
    };
    this.#newest = done.then(settled, settled);
    return done;
  }

  /** Adds an item whose commit nobody waits for. */
  tell(item: Item, within?: (seq: number | null) => void): void {
    this.append(item, within).catch(this.#options.onLost);
  }

  /** The end of a turn; resolves once it is committed, with what `within` writes. */
  async endTurn(turn: number, end: TurnEnd, within: () => void): Promise<void> {
    this.#endingTurn = turn;
    try {
      await this.append(turnEndItem(turn, end), within);
    } catch (error) {
      // It is not told after all.
      this.#endingTurn = 0;
      throw error;
    }
    failpoint("turn.ended");
  }

  /** The end of an agent, in one go: its open turn, its last words, the state of the session. */
  tellEnd({ state, turn, words, why }: AgentEnd, within: () => void): void {
    const stop = state === "ended" ? "cancelled" : "interrupted";
    // A turn that ended by itself in this very moment is not ended again.
    if (turn !== null && turn !== this.#endingTurn) this.tell(turnEndItem(turn, { stop, error: words }));
    if (words !== undefined) this.tell({ k: "note", code: "E_AGENT", text: words });
    this.tell({ k: "state", s: state, ...(why === undefined ? {} : { why }) }, within);
  }

  /** Resolves when all that was added so far is in a record, or refused: the log keeps the order. */
  settled(): Promise<void> {
    return this.#newest;
  }

  /** Resolves when less than BACKLOG_CHARS of it is uncommitted. */
  room(): Promise<void> {
    return this.#backlog.room();
  }
}

/** The item of a turn's end; what nobody told stays absent. */
function turnEndItem(t: number, { stop, usage, error }: Omit<ItemOf<"turnend">, "k" | "t">): ItemOf<"turnend"> {
  return {
    ...{ k: "turnend", t, stop },
    ...(usage === undefined ? {} : { usage }),
    ...(error === undefined ? {} : { error }),
  };
}

/** What it weighs in memory, roughly: only an agent's output can be large and many. */
function sizeOf(item: Item): number {
  return item.k === "acp" ? JSON.stringify(item.u).length : 256;
}

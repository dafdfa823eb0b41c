// One session's way into the log: counts what is not committed yet, so that a flood stops at its source.
import type { Item, ItemOf, SessionId } from "../../schema/index.ts";
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

export class SessionItems {
  readonly #options: SessionItemsOptions;
  readonly #backlog = new Backlog(BACKLOG_CHARS);
  #newest: Promise<void> = Promise.resolve();

  constructor(options: SessionItemsOptions) {
    this.#options = options;
  }

  /** Resolves with the record's seq once it is committed. `within`: see SessionLog.append. */
  append(item: Item, within?: () => void): Promise<{ readonly seq: number }> {
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
  tell(item: Item, within?: () => void): void {
    this.append(item, within).catch(this.#options.onLost);
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
export function turnEndItem(t: number, { stop, usage, error }: Omit<ItemOf<"turnend">, "k" | "t">): ItemOf<"turnend"> {
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

// What an agent's events come to in its session: items of the log, waits, and facts of the row. How far a host's log was
// taken is one commit with the item that it brought.
import type { Item, SessionId } from "../../schema/index.ts";
import type { AgentProcess } from "../agents/driver.ts";
import { failpoint } from "../failpoint.ts";
import type { RunEvent } from "./agent-run.ts";
import { LastWords } from "./last-words.ts";
import type { LimitedTurn } from "./limited-turn.ts";
import type { SessionItems } from "./session-items.ts";
import type { SessionRow, SessionRows } from "./session-rows.ts";
import type { SessionWaits } from "./session-waits.ts";

export interface SessionEventsOptions {
  readonly session: SessionId;
  readonly rows: SessionRows;
  readonly items: SessionItems;
  readonly waits: SessionWaits;
  readonly row: () => SessionRow;
  readonly save: (change: Partial<SessionRow>) => void;
  /** Shown, and kept with the next change of the row. */
  readonly onLastWords: (last: string) => void;
  readonly onOpened: () => void;
  readonly limited: () => LimitedTurn;
  readonly onStorageFailed: (error: unknown) => void;
}

export class SessionEvents {
  readonly #options: SessionEventsOptions;
  readonly #words = new LastWords();

  constructor(options: SessionEventsOptions) {
    this.#options = options;
  }

  /** A turn begins: what follows is a new message. */
  turnStarts(): void {
    this.#words.reset();
  }

  /** Resolves when the agent may be read on. */
  async take(process: AgentProcess, event: RunEvent): Promise<void> {
    const { waits, items } = this.#options;
    const { at } = event;
    switch (event.type) {
      case "opened":
        return this.#opened(event);
      case "update":
        this.#tell({ k: "acp", u: event.params }, process, at);
        this.#follow(event);
        return items.room();
      case "wait":
        return waits.open(process, event.wait, () => this.taken(at));
      case "withdrawn":
        return waits.withdrawn(process, event.key);
      case "note":
        return this.#tell({ k: "note", code: event.code, text: event.text }, process, at);
      default:
        return event satisfies never;
    }
  }

  /** Call inside the commit of what was taken. */
  taken(at: number | undefined): void {
    const { rows, session } = this.#options;
    if (at !== undefined) rows.taken(session, at);
  }

  #opened(event: Extract<RunEvent, { type: "opened" }>): void {
    const { row, save, onOpened } = this.#options;
    const before = row();
    const { agentSession, model = before.model, mode = before.mode, title } = event;
    save({ agentSession, model, mode, ...(title === undefined || before.isTitled ? {} : { title, isTitled: true }) });
    onOpened();
  }

  #tell(item: Item, process: AgentProcess, at: number | undefined): void {
    const { items, onStorageFailed } = this.#options;
    const committed = (): void => {
      failpoint("event.taken");
      if (at !== undefined) process.taken?.(at);
    };
    items.append(item, () => this.taken(at)).then(committed, onStorageFailed);
  }

  /** What an update changes about the head. */
  #follow({ params }: Extract<RunEvent, { type: "update" }>): void {
    const { save, limited, onLastWords } = this.#options;
    const { update } = params;
    limited().saw(update);
    if (update.sessionUpdate === "current_mode_update") save({ mode: update.currentModeId });
    const last = this.#words.take(params);
    if (last !== undefined) onLastWords(last);
  }
}

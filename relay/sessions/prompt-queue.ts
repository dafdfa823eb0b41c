// The durable queue of prompts of every session: a prompt is new until the log tells of it, then queued, then taken by a
// turn or withdrawn; each change is one commit. It outlives the agent, the relay and a Stop.
import {
  AppError,
  type CommandRef,
  type PromptBlock,
  type PromptOrigin,
  PROMPT_BYTES,
  sessionId,
  type SessionId,
} from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { integerOf, type Row, textOf } from "../journal/row.ts";

/** Prompts of one session that may wait: more is a mistake, not a plan. */
export const QUEUED_PROMPTS = 64;
/** Content bytes that one turn takes at once. */
const BATCH_BYTES = 4 * PROMPT_BYTES;

export interface QueuedPrompt {
  /** Order in the queue, and its key. */
  readonly n: number;
  readonly of: PromptOrigin;
  readonly blocks: readonly PromptBlock[];
}

/** Rows of table `prompt`. The only SQL about it. */
export class PromptQueue {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Commits a prompt at the end of the queue; tells its key and how many are ahead. E_BUSY when the queue is full. */
  add(
    s: SessionId,
    of: PromptOrigin,
    blocks: readonly PromptBlock[],
    at: number,
  ): { readonly n: number; readonly before: number } {
    return this.#db.transaction(() => {
      const before = this.count(s);
      if (before >= QUEUED_PROMPTS) {
        throw new AppError("E_BUSY", {
          reason: "the queue is full",
          next: "Wait for the agent, or withdraw a prompt.",
        });
      }
      const row = this.#db.get(
        "INSERT INTO prompt (s, ref, blocks, state, at) VALUES (?, ?, ?, 'new', ?) RETURNING n",
        s,
        JSON.stringify(of),
        JSON.stringify(blocks),
        at,
      );
      return { n: integerOf(row ?? {}, "n"), before };
    });
  }

  /** The log tells of everything that waits in this session, up to `n`. */
  told(s: SessionId, n: number): void {
    this.#db.run("UPDATE prompt SET state = 'queued' WHERE s = ? AND state = 'new' AND n <= ?", s, n);
  }

  /** Prompts the log may not tell of: a crash came between. */
  untold(): readonly (QueuedPrompt & { readonly s: SessionId })[] {
    return this.#db
      .all("SELECT * FROM prompt WHERE state = 'new' ORDER BY n")
      .map((row) => ({ ...readPrompt(row), s: sessionId.parse(textOf(row, "s")) }));
  }

  count(s: SessionId): number {
    const row = this.#db.get("SELECT count(*) AS count FROM prompt WHERE s = ? AND state IN ('new', 'queued')", s);
    return row === undefined ? 0 : integerOf(row, "count");
  }

  queued(s: SessionId): readonly QueuedPrompt[] {
    return this.#db
      .all("SELECT * FROM prompt WHERE s = ? AND state IN ('new', 'queued') ORDER BY n", s)
      .map(readPrompt);
  }

  /**
   * What the next turn takes: everything that waits, so that a correction reaches the agent together with what it
   * corrects. A slash command goes alone: the agent would not see one that has words around it.
   */
  nextBatch(s: SessionId): readonly QueuedPrompt[] {
    const batch: QueuedPrompt[] = [];
    let bytes = 0;
    for (const prompt of this.queued(s)) {
      bytes += JSON.stringify(prompt.blocks).length;
      if (batch.length > 0 && (bytes > BATCH_BYTES || isSlash(prompt) || batch.some(isSlash))) break;
      batch.push(prompt);
    }
    return batch;
  }

  /** The turn has them: from here on they are never sent again. */
  take(batch: readonly QueuedPrompt[], turn: number): void {
    this.#db.transaction(() => {
      for (const { n } of batch) this.#db.run("UPDATE prompt SET state = 'taken', turn = ? WHERE n = ?", turn, n);
    });
  }

  /** What that turn took. */
  takenBy(s: SessionId, turn: number): readonly QueuedPrompt[] {
    return this.#db
      .all("SELECT * FROM prompt WHERE s = ? AND turn = ? AND state = 'taken' ORDER BY n", s, turn)
      .map(readPrompt);
  }

  /** Puts what a turn took back to its old places. How many there were. Only for a turn of which nothing came. */
  giveBack(s: SessionId, turn: number): number {
    return this.#db.run(
      "UPDATE prompt SET state = 'queued', turn = NULL WHERE s = ? AND turn = ? AND state = 'taken'",
      s,
      turn,
    );
  }

  /** Forgets prompts from before `at` (epoch ms) that are out of the queue, but for each session's newest turn. */
  prune(at: number): void {
    this.#db.run(
      `DELETE FROM prompt WHERE state IN ('taken', 'withdrawn') AND at < ? AND NOT EXISTS (
         SELECT 1 FROM sess WHERE sess.s = prompt.s AND json_extract(sess.data, '$.turn') = prompt.turn)`,
      at,
    );
  }

  /** Replaces the content of a queued prompt. False when it already reads so. E_NOT_FOUND, E_RESOLVED. */
  edit(s: SessionId, of: CommandRef, blocks: readonly PromptBlock[]): boolean {
    const row = this.#find(s, of);
    const text = JSON.stringify(blocks);
    requireQueued(row);
    if (textOf(row, "blocks") === text) return false;
    this.#db.run("UPDATE prompt SET blocks = ? WHERE n = ?", text, integerOf(row, "n"));
    return true;
  }

  /** Takes a prompt out of the queue. `isNew` is false when it was out already. E_NOT_FOUND, E_RESOLVED once taken. */
  withdraw(s: SessionId, of: CommandRef): { readonly prompt: QueuedPrompt; readonly isNew: boolean } {
    const row = this.#find(s, of);
    const prompt = readPrompt(row);
    if (textOf(row, "state") === "withdrawn") return { prompt, isNew: false };
    requireQueued(row);
    this.#db.run("UPDATE prompt SET state = 'withdrawn' WHERE n = ?", prompt.n);
    return { prompt, isNew: true };
  }

  /** Whether the command `of` left a prompt behind, and how many were ahead of it then (0 once it is not queued). */
  find(of: CommandRef): { readonly s: SessionId; readonly before: number } | null {
    const row = this.#db.get("SELECT * FROM prompt WHERE ref = ?", JSON.stringify(of));
    if (row === undefined) return null;
    const s = sessionId.parse(textOf(row, "s"));
    const n = integerOf(row, "n");
    return { s, before: this.queued(s).filter((prompt) => prompt.n < n).length };
  }

  #find(s: SessionId, of: CommandRef): Row {
    const row = this.#db.get("SELECT * FROM prompt WHERE s = ? AND ref = ?", s, JSON.stringify(of));
    if (row === undefined) throw new AppError("E_NOT_FOUND", { reason: "no such prompt" });
    return row;
  }
}

function requireQueued(row: Row): void {
  const state = textOf(row, "state");
  if (state !== "queued" && state !== "new")
    throw new AppError("E_RESOLVED", { reason: "not in the queue any more", state });
}

function isSlash({ blocks }: QueuedPrompt): boolean {
  return blocks[0]?.text?.trimStart().startsWith("/") ?? false;
}

function readPrompt(row: Row): QueuedPrompt {
  // Our own JSON, written by add() and edit().
  const of: PromptOrigin = JSON.parse(textOf(row, "ref"));
  const blocks: PromptBlock[] = JSON.parse(textOf(row, "blocks"));
  return { n: integerOf(row, "n"), of, blocks };
}

// Every wait of every session, open or settled. The first to settle one wins, by one conditional update.
import {
  type CommandRef,
  hash,
  type Hash,
  type ItemOf,
  sessionId,
  type SessionId,
  WAIT_KINDS,
  type WaitAnswer,
  waitBy,
  waitId,
  type WaitId,
  type WaitKind,
} from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import { integerOf, type Row, textOf } from "../journal/row.ts";

export type WaitBy = ItemOf<"waitdone">["by"];

export interface WaitRow {
  readonly wid: WaitId;
  readonly s: SessionId;
  readonly kind: WaitKind;
  readonly digest: Hash;
  readonly req: string;
  /** Epoch ms. */
  readonly until?: number;
  readonly since: number;
  /** The record that holds it; absent until that is committed. */
  readonly q?: number;
  /** Present once it is settled. */
  readonly done?: { readonly by: WaitBy; readonly answer: WaitAnswer };
}

export interface Settlement {
  readonly by: WaitBy;
  readonly answer: WaitAnswer;
  /** The command that answered, for recovery. */
  readonly ref?: CommandRef | "desk";
  readonly at: number;
}

/** Rows of table `wait`. The only SQL about it. */
export class WaitRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** `name`: how the agent itself calls it, unique over all runs. */
  add(row: WaitRow, name: string): void {
    this.#db.transaction(() => {
      this.#add(row);
      this.#db.run("INSERT INTO ask (wid, key) VALUES (?, ?)", row.wid, name);
    });
  }

  #add(row: WaitRow): void {
    this.#db.run(
      "INSERT INTO wait (wid, s, kind, digest, req, until, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.wid,
      row.s,
      row.kind,
      row.digest,
      row.req,
      row.until ?? null,
      row.since,
    );
  }

  nameOf(wid: WaitId): string | null {
    const row = this.#db.get("SELECT key FROM ask WHERE wid = ?", wid);
    return row === undefined ? null : textOf(row, "key");
  }

  /** The newest wait of that name, open or settled. */
  named(key: string): WaitRow | null {
    const row = this.#db.get(
      "SELECT wait.* FROM ask JOIN wait ON wait.wid = ask.wid WHERE ask.key = ? ORDER BY wait.rowid DESC LIMIT 1",
      key,
    );
    return row === undefined ? null : readWait(row);
  }

  placed(wid: WaitId, q: number): void {
    this.#db.run("UPDATE wait SET q = ? WHERE wid = ?", q, wid);
  }

  get(wid: WaitId): WaitRow | null {
    const row = this.#db.get("SELECT * FROM wait WHERE wid = ?", wid);
    return row === undefined ? null : readWait(row);
  }

  /** Oldest first. */
  open(s: SessionId): readonly WaitRow[] {
    return this.#db.all("SELECT * FROM wait WHERE s = ? AND done IS NULL ORDER BY since, rowid", s).map(readWait);
  }

  /** True for the one caller that settles it; committed when it returns, as untold. */
  settle(wid: WaitId, { by, answer, ref, at }: Settlement): boolean {
    return this.#db.transaction(() => {
      const changed = this.#db.run(
        "UPDATE wait SET by = ?, answer = ?, ref = ?, done = ? WHERE wid = ? AND done IS NULL",
        by,
        JSON.stringify(answer),
        ref === undefined ? null : JSON.stringify(ref),
        at,
        wid,
      );
      if (changed === 1) this.#db.run("INSERT OR IGNORE INTO wait_untold (wid) VALUES (?)", wid);
      return changed === 1;
    });
  }

  /** The log tells how it was settled; call in the commit that makes it so. */
  told(wid: WaitId): void {
    this.#db.run("DELETE FROM wait_untold WHERE wid = ?", wid);
  }

  /** Settled waits that the log does not tell of: a crash came between. */
  untold(): readonly WaitRow[] {
    return this.#db.all("SELECT wait.* FROM wait JOIN wait_untold USING (wid) ORDER BY done, wait.rowid").map(readWait);
  }

  /** What the command `ref` settled. */
  settledBy(ref: CommandRef): { readonly by: WaitBy; readonly answer: WaitAnswer } | null {
    const row = this.#db.get("SELECT * FROM wait WHERE ref = ?", JSON.stringify(ref));
    return row === undefined ? null : (readWait(row).done ?? null);
  }
}

function readWait(row: Row): WaitRow {
  const until = row["until"];
  const q = row["q"];
  return {
    wid: waitId.parse(textOf(row, "wid")),
    s: sessionId.parse(textOf(row, "s")),
    kind: readKind(textOf(row, "kind")),
    digest: hash.parse(textOf(row, "digest")),
    req: textOf(row, "req"),
    since: integerOf(row, "since"),
    ...(typeof until === "number" ? { until } : {}),
    ...(typeof q === "number" ? { q } : {}),
    ...(row["done"] === null
      ? {}
      : { done: { by: waitBy.parse(textOf(row, "by")), answer: JSON.parse(textOf(row, "answer")) } }),
  };
}

function readKind(text: string): WaitKind {
  const kind = WAIT_KINDS.find((known) => known === text);
  if (kind === undefined) throw new Error(`a wait of kind ${text}`);
  return kind;
}

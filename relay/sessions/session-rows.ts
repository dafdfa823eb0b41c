// What of a session must outlive the process: one row each. Its prompts and waits have tables of their own.
import {
  type CommandRef,
  HEAD_DOC,
  type ItemUsage,
  type RootId,
  sessionId,
  type SessionId,
} from "../../schema/index.ts";
import type { HostRef } from "../agents/driver.ts";
import { failpoint } from "../failpoint.ts";
import type { Database } from "../journal/database.ts";
import { integerOf, type Row, textOf } from "../journal/row.ts";

/** Whether this boot's process answers for it ("live"), or how it came to rest. */
export type RestState = "live" | "ended" | "interrupted";

export interface SessionRow {
  readonly s: SessionId;
  readonly state: RestState;
  /** The command that made it; "desk" for the console. */
  readonly ref: CommandRef | "desk";
  readonly root: RootId;
  /** Name of the project, as it was. */
  readonly project: string;
  /** Absolute path of the workspace. */
  readonly cwd: string;
  /** Top folder of the working tree that it may write; absent where that is the workspace itself. */
  readonly tree?: string | undefined;
  readonly agent: string;
  readonly model?: string | undefined;
  readonly mode?: string | undefined;
  readonly title: string;
  /** True once a person or the agent named it; until then the first prompt does. */
  readonly isTitled: boolean;
  /** Epoch ms. */
  readonly created: number;
  readonly since: number;
  /** Number of the newest turn; 0 before the first. */
  readonly turn: number;
  /** The newest turn has begun and its end is not recorded. */
  readonly isTurnOpen: boolean;
  /** The newest turn has its prompts, and its `turn` item is not committed yet. */
  readonly isTurnUntold?: boolean | undefined;
  /** Queued prompts stay where they are until a person sends again or resumes. */
  readonly isHeld: boolean;
  readonly isArchived: boolean;
  /** The agent's own name of the conversation, for resuming it. */
  readonly agentSession?: string | undefined;
  /** Until its first turn ends up in a conversation of its own: the agent's name of the one this is a copy of. */
  readonly forkOf?: string | undefined;
  /** The agent's process: pid and start time name it, for clearing up after a crash. */
  readonly pid?: number | undefined;
  readonly pidStart?: string | undefined;
  /** The process that keeps the agent, where it outlives the relay. */
  readonly host?: HostRef | undefined;
  /** In the environment of the newest agent and all it started: recognises what a crash left. */
  readonly mark?: string | undefined;
  readonly last: string;
  readonly error?: string | undefined;
  readonly usage?: ItemUsage | undefined;
}

/** Rows of table `sess`. The only SQL about it, and a look at its heads. */
export class SessionRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Inserts or replaces; committed when it returns. */
  save(row: SessionRow): void {
    const { s, state, created, pid, ...rest } = row;
    this.#db.run(
      `INSERT INTO sess (s, state, data, host_pid, created) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (s) DO UPDATE SET state = excluded.state, data = excluded.data, host_pid = excluded.host_pid`,
      s,
      state,
      JSON.stringify(rest),
      pid ?? null,
      created,
    );
  }

  /** A new agent: nothing of its host's log was taken. */
  startHosted(row: SessionRow): void {
    failpoint("session.opened");
    this.#db.transaction(() => {
      this.save(row);
      this.taken(row.s, 0);
    });
    failpoint("session.ready");
  }

  /** How far the host's log is in ours; call inside the commit of what it brought. */
  taken(s: SessionId, at: number): void {
    this.#db.run("UPDATE sess SET raw_off = ? WHERE s = ?", at, s);
  }

  takenOf(s: SessionId): number {
    return integerOf(this.#db.get("SELECT raw_off FROM sess WHERE s = ?", s) ?? { raw_off: 0 }, "raw_off");
  }

  get(s: SessionId): SessionRow | null {
    const row = this.#db.get("SELECT * FROM sess WHERE s = ?", s);
    return row === undefined ? null : readSession(row);
  }

  /** What the command `ref` started. */
  startedBy(ref: CommandRef): SessionId | null {
    const row = this.#db.get("SELECT s FROM sess WHERE json_extract(data, '$.ref') = json(?)", JSON.stringify(ref));
    return row === undefined ? null : sessionId.parse(textOf(row, "s"));
  }

  /** Sessions that a process of this or an earlier boot answers for. */
  live(): readonly SessionRow[] {
    return this.#db.all("SELECT * FROM sess WHERE state = 'live' ORDER BY created, s").map(readSession);
  }

  /** Sessions at rest whose head document says something else: a crash came between the two. */
  untoldHeads(): readonly SessionRow[] {
    return this.#db
      .all(
        `SELECT sess.* FROM sess JOIN doc ON doc.s = sess.s AND doc.name = ?
         WHERE sess.state <> 'live' AND json_extract(doc.value, '$.state') <> sess.state`,
        HEAD_DOC,
      )
      .map(readSession);
  }

  /** How many there are, at rest or not. */
  count(): number {
    const row = this.#db.get("SELECT count(*) AS count FROM sess");
    return row === undefined ? 0 : integerOf(row, "count");
  }
}

function readSession(row: Row): SessionRow {
  // Our own JSON, written by save(): its shape is this file's word.
  const data: Omit<SessionRow, "s" | "state" | "created"> = JSON.parse(textOf(row, "data"));
  const pid = row["host_pid"];
  return {
    ...data,
    s: sessionId.parse(textOf(row, "s")),
    state: readState(textOf(row, "state")),
    created: Number(row["created"]),
    ...(typeof pid === "number" ? { pid } : {}),
  };
}

function readState(text: string): RestState {
  if (text === "live" || text === "ended" || text === "interrupted") return text;
  throw new Error(`a session in state ${text}`);
}

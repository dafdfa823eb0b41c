// What every session works with: the narrow view of the rest of the relay that it needs.
import type { HeadDoc, SessionId } from "../../schema/index.ts";
import type { AgentDriver, AgentId } from "../agents/driver.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../journal/database.ts";
import type { DocumentStore, SessionLog } from "../journal/ports.ts";
import type { PromptQueue } from "./prompt-queue.ts";
import type { SessionRow, SessionRows } from "./session-rows.ts";
import type { WaitRows } from "./wait-rows.ts";

export interface SessionParts {
  readonly clock: Clock;
  readonly log: SessionLog;
  readonly docs: DocumentStore;
  readonly db: Database;
  readonly rows: SessionRows;
  readonly prompts: PromptQueue;
  readonly waits: WaitRows;
  /** The drivers by name; undefined for one nobody knows. */
  readonly driver: (id: AgentId) => Promise<AgentDriver | undefined>;
  /** The whole environment of an agent's process (see childEnv). */
  readonly envFor: (id: AgentId) => Promise<Readonly<Record<string, string>>>;
  /** Modes to choose from, as the last probe told. */
  readonly modesOf: (id: AgentId) => HeadDoc["modes"];
  /** The branch checked out in a working tree. */
  readonly branchOf: (cwd: string) => Promise<string | undefined>;
  /** With a pid, names one process (see readStartTime). */
  readonly startTime: (pid: number) => Promise<string | undefined>;
  /** Home folder of the person; shown as "~". */
  readonly home: string;
  /** A turn ended: files and branches of its workspace may be others now. */
  readonly onTurnEnd: (row: SessionRow) => void;
  /** Something failed that no command answers for. Logged, without the session's content. */
  readonly report: (error: unknown, session: SessionId) => void;
}

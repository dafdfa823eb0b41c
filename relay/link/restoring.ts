// What a connection needs of the part that deals with an older copy of this relay's state.
import type { SessionId } from "../../schema/index.ts";

/** The newest revs that the Worker holds. */
export interface HeadRevs {
  readonly docs: number;
  readonly grants: number;
  readonly rings: number;
}

/** Deals with it. */
export interface Restoring {
  /** This state counts as an older copy, and that was not dealt with yet. */
  isDue(): boolean;
  /** Inside the transaction that takes over records of ours, from this seq on. */
  mark(session: SessionId, from: number): void;
  /** All was taken over: what counted before counts no more. */
  finish(heads: HeadRevs): Promise<void>;
  /** Heads were compared, and what was lost is back: what waited for that may begin. */
  compared(): Promise<void>;
}

// One session's place in the log: its head, what waits to be committed, and whether it may be committed yet.
import { COMMIT_GATHER_MS, type SessionId } from "../../schema/index.ts";
import { gather, takeDrafts, type Draft, type Entry } from "./gather.ts";
import type { LogHead } from "./ports.ts";

/** `held`: of an earlier boot, and heads were not compared yet. `refused`: the Worker has records that we do not. */
export type Admission = "open" | "held" | "refused";

export interface Stream {
  readonly session: SessionId;
  admission: Admission;
  head: LogHead | null;
  /** Monotonic ms of its last commit. */
  committedAt: number;
  /** Monotonic ms before which nothing is tried again after a failure. */
  notBefore: number;
  /** Items without a seq, in order. */
  readonly drafts: Draft[];
  /** Of these, while held, the items not yet in table `item`. */
  unsaved: Entry[];
}

/** What one commit does for one session. */
export type Job =
  | { readonly does: "seal"; readonly stream: Stream; readonly drafts: readonly Draft[] }
  | { readonly does: "save"; readonly stream: Stream; readonly entries: readonly Entry[] };

/** After a failed commit, what is safe in table `item` is tried again after this. */
const RETRY_MS = 1000;

/** A session nothing is known of. */
export function newStream(session: SessionId, admission: Admission): Stream {
  const never = Number.NEGATIVE_INFINITY;
  return { session, admission, head: null, committedAt: never, notBefore: never, drafts: [], unsaved: [] };
}

/** Adds an item behind the others. */
export function push(stream: Stream, entry: Entry): void {
  gather(stream.drafts, entry);
  if (stream.admission === "held" && entry.row === null) stream.unsaved.push(entry);
}

/** Monotonic ms at which the session wants a commit; null when nothing waits. */
export function dueAt(stream: Stream): number | null {
  const { drafts, unsaved, admission, committedAt, notBefore } = stream;
  const never = Number.NEGATIVE_INFINITY;
  if (admission === "refused") return null;
  const entries = admission === "held" ? unsaved : (drafts.at(-1)?.entries ?? []);
  if (entries.length === 0) return null;
  // Held items stay in their drafts: a full one says nothing of what is still to be saved.
  const isFull = admission === "open" && drafts[0]?.isFull === true;
  const isAtOnce = isFull || entries.some((entry) => entry.isUrgent);
  return Math.max(notBefore, isAtOnce ? never : committedAt + COMMIT_GATHER_MS);
}

/** Takes out what a commit at `now` covers; null when there is nothing. */
export function takeJob(stream: Stream, now: number, isFlush: boolean): Job | null {
  if (stream.admission === "refused") return null;
  if (stream.admission === "held") {
    const entries = stream.unsaved.splice(0);
    return entries.length === 0 ? null : { does: "save", stream, entries };
  }
  const waits = isFlush || now - stream.committedAt >= COMMIT_GATHER_MS ? "due" : "gathering";
  const drafts = takeDrafts(stream.drafts, waits);
  return drafts.length === 0 ? null : { does: "seal", stream, drafts };
}

/** The commit of a job failed: what is durable in table `item` waits again, in its old place; the rest is refused. */
export function giveBack(job: Job, reason: Error, now: number): void {
  const { stream } = job;
  stream.notBefore = now + RETRY_MS;
  const failed = new Set(job.does === "save" ? job.entries : job.drafts.flatMap(({ entries }) => entries));
  const behind = stream.drafts.splice(0).flatMap(({ entries }) => entries);
  const before = job.does === "save" ? [] : failed;
  for (const entry of [...before, ...behind]) {
    if (entry.row === null && failed.has(entry)) continue;
    gather(stream.drafts, entry);
  }
  for (const entry of failed) if (entry.row === null) entry.settle?.reject(reason);
}

/** Takes out of those that wait in table `item` what `isSaid`. The others keep their order. */
export function withdraw(stream: Stream, isSaid: (row: number) => boolean): Entry[] {
  const withdrawn: Entry[] = [];
  for (const entry of stream.drafts.splice(0).flatMap(({ entries }) => entries)) {
    if (entry.row !== null && isSaid(entry.row)) withdrawn.push(entry);
    else gather(stream.drafts, entry);
  }
  return withdrawn;
}

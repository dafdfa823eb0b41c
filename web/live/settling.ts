// When the outbox lets go of a command: its session's log or head shows what it did.
import type { DeviceId } from "../../schema/index.ts";
import type { Conversation } from "./conversation.ts";
import { deliveryDeadline } from "./delivery.ts";
import type { Documents } from "./documents.ts";
import type { OutboxEntry } from "./live-store.ts";
import { waitOfArgs } from "./machine-view.ts";
import type { Outbox } from "./outbox.ts";

/** Prompts that the log names are the machine's now, even if their result was lost. */
export async function settleNamed(outbox: Outbox, device: DeviceId, conversation: Conversation | null): Promise<void> {
  for (const { ref, by } of conversation?.takeNamed() ?? []) {
    const [d, g, ctr] = ref;
    const entry = d === device ? outbox.find(g, ctr) : null;
    if (entry === null) continue;
    if (entry.op === "session.prompt") await outbox.remove(entry);
    else await outbox.named(ref, by);
  }
}

/** Answers that were taken stay until their wait is gone from the head: no moment shows the buttons again. */
export async function settleAnswers(outbox: Outbox, documents: Documents): Promise<void> {
  for (const entry of outbox.entries) {
    const isTaken = entry.op === "wait.answer" && entry.final?.status === "done";
    if (isTaken && !isWaiting(documents, entry)) await outbox.remove(entry);
  }
}

function isWaiting(documents: Documents, { session, args }: OutboxEntry): boolean {
  const wid = waitOfArgs(args);
  const head = session === null ? undefined : documents.heads.get(session);
  return head?.waits.some((wait) => wait.wid === wid) ?? false;
}

/** Ms until an unanswered entry changes by itself; Infinity when none will. `now` is machine time. */
export function nextSettling(outbox: Outbox, now: number): number {
  let next = Infinity;
  for (const entry of outbox.entries) {
    const at = deliveryDeadline(entry);
    if (at !== null && at > now) next = Math.min(next, at - now);
  }
  return next;
}

// Where a command of this device is, from facts (protocol section 8). Pure; the one place that decides `data-delivery`.
import { UNANSWERED_MS, z } from "../../schema/index.ts";
import type { FinalResult, MachineRow, OutboxEntry } from "./live-store.ts";
import type { Delivery, Refusal } from "./model.ts";

export interface DeliveryFacts {
  readonly entry: Pick<OutboxEntry, "exp" | "stored" | "accepted" | "final" | "named">;
  /** Machine time now, as far as it is known. */
  readonly now: number;
  readonly isMachineLive: boolean;
}

export interface DeliveryView {
  readonly delivery: Delivery;
  readonly refusal: Refusal | null;
}

/** Nothing here says that the machine has it unless a RES was opened, or a signed record names it. */
export function deliveryOf({ entry, now, isMachineLive }: DeliveryFacts): DeliveryView {
  const { final } = entry;
  if (entry.named === "turn") return { delivery: "agent", refusal: null };
  if (entry.named === "user") return { delivery: "machine", refusal: null };
  if (final !== null) {
    switch (final.status) {
      case "done":
        return { delivery: "machine", refusal: null };
      case "indeterminate":
        return {
          delivery: "unknown",
          refusal: refusalOf(ENDED_HERE.has(final.code ?? "") ? (final.code ?? "") : "indeterminate", final.text),
        };
      case "expired":
        return { delivery: "refused", refusal: refusalOf("E_EXPIRED", final.text) };
      case "failed":
      case "rejected":
        return { delivery: "refused", refusal: refusalOfFinal(final, "E_INTERNAL") };
      case "accepted":
        break; // no last word: as if there were none yet
    }
  }
  if (!entry.accepted && now > entry.exp + UNANSWERED_MS) {
    return isMachineLive
      ? { delivery: "refused", refusal: refusalOf("E_EXPIRED", null) }
      : { delivery: "unknown", refusal: refusalOf("unanswered", null) };
  }
  return { delivery: entry.stored || entry.accepted ? "stored" : "device", refusal: null };
}

/** Why a command of an earlier pairing, or of keys that do not count any more, is over: nothing can be proven of it. */
const PAIRED_AGAIN = "paired-again";
const KEYS_CHANGED = "keys-changed";
const ENDED_HERE: ReadonlySet<string> = new Set([PAIRED_AGAIN, KEYS_CHANGED]);

/**
 * A command as it stands once its machine was paired again: what was sealed for the keys that are gone can have no answer
 * any more, so it is unknown from now on. What was never sealed goes out under the new ones, where they count as the old
 * ones did; a hello is begun anew (null).
 */
export function endedByPairing(entry: OutboxEntry, row: Pick<MachineRow, "g" | "pairedAt">): OutboxEntry | null {
  if (entry.final !== null) return entry;
  if (isOwnKeyWork(entry)) return null;
  if (entry.frame === null && entry.g === row.g) return entry;
  return ended(entry, PAIRED_AGAIN, row.pairedAt);
}

/** A command whose keys the machine takes no more, before this device changes them; null: it is begun anew. */
export function endedByRekey(entry: OutboxEntry, at: number): OutboxEntry | null {
  return isOwnKeyWork(entry) ? null : ended(entry, KEYS_CHANGED, at);
}

/** True for what this device asks by itself, and asks again whenever it is needed. */
function isOwnKeyWork({ op }: OutboxEntry): boolean {
  return op === "device.hello" || op === "device.rekey";
}

function ended(entry: OutboxEntry, code: string, at: number): OutboxEntry {
  return { ...entry, final: { status: "indeterminate", code, text: null, data: null, at } };
}

const NEXT: Readonly<Record<string, string>> = {
  E_EXPIRED: "It was not run. Send it again if it is still wanted.",
  unanswered: "The machine did not answer. Look at the session, then send it again or dismiss it.",
  [PAIRED_AGAIN]:
    "This device was paired again before the machine answered. Look at the session, then repeat or dismiss it.",
  [KEYS_CHANGED]:
    "The machine went on from an older state before it answered. Look at the session, then repeat or dismiss it.",
  indeterminate: "The machine stopped while doing this. Look at what happened, then repeat or dismiss it.",
  E_SCOPE: "This device may not do that. Ask at the machine for more rights.",
  E_POLICY: "The machine's own policy forbids it. Change it there if you want to.",
  E_RESOLVED: "It was already answered.",
  E_DIGEST: "What was asked has changed. Look at it again.",
  E_FORK: "This view does not match the machine's. Reload before you go on.",
  E_NOT_FOUND: "It is no longer there.",
  E_BUSY: "Another session writes in this workspace. Use a worktree, or stop the other one.",
  E_DISK: "The machine's disk is full. Make room there.",
  E_QUOTA: "The server's storage is full.",
  E_AGENT: "The agent refused. Its words are shown above.",
  E_REKEY: "This device changes its keys first. Send it again in a moment.",
  E_CTR_OLD: "Send it again.",
  E_CTR_REUSED: "This device changes its keys first. Send it again in a moment.",
  E_OFFLINE: "The machine is not connected. Try again when it is.",
  E_STALE: "It changed meanwhile. Look at it again.",
  E_AUTH: "The person at the machine did not confirm it.",
  E_PAIR_CODE: "The digits did not match. Type the six digits that the new device shows.",
  E_PAIR_EXPIRED: "The link is over. Make a new one.",
};

/** A refusal with its next step in words. `text` is the tool's own. */
export function refusalOf(code: string, text: string | null): Refusal {
  const next = NEXT[code];
  return { code, ...(text === null ? {} : { text }), ...(next === undefined ? {} : { next }) };
}

/** A final refusal: its next step is the machine's own where it names one, for that knows why. `code` for want of one. */
export function refusalOfFinal({ code, text, data }: FinalResult, without: string): Refusal {
  const said = nextStep.safeParse(data);
  return { ...refusalOf(code ?? without, text), ...(said.success ? said.data : {}) };
}

const nextStep = z.object({ next: z.string().check(z.minLength(1)) });

/** Device or machine time at which an unanswered entry changes by itself; null when it is settled. */
export function deliveryDeadline(entry: DeliveryFacts["entry"]): number | null {
  if (entry.final !== null || entry.accepted || entry.named !== null) return null;
  return entry.exp + UNANSWERED_MS + 1;
}

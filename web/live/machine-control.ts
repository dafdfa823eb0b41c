// Between one machine's parts: what a hub says in words, and what is held of what a beacon lists.
import type { Holdings } from "./alarms.ts";
import type { Documents } from "./documents.ts";
import type { LinkMessage } from "./link.ts";
import type { LiveCommands } from "./live-commands.ts";
import type { Outbox } from "./outbox.ts";
import type { SessionFeeds } from "./session-feeds.ts";

interface Parts {
  readonly outbox: Outbox;
  readonly live: LiveCommands;
  readonly feeds: SessionFeeds;
}

/** Passes one control message on. */
export async function takeControl(message: LinkMessage, { outbox, live, feeds }: Parts): Promise<void> {
  switch (message.t) {
    case "queued":
      await outbox.queued(message.g, message.ctr);
      break;
    case "floor":
      feeds.floor(message.s, message.q);
      break;
    case "err": {
      const [g, ctr] = Array.isArray(message.ref) ? message.ref : [];
      if (typeof g !== "number" || typeof ctr !== "number") break;
      live.refused(g, ctr, message.code);
      // The hub had it and has dropped it. Any other may still be there from the time before.
      if (message.code === "E_EXPIRED") await outbox.dropped(g, ctr);
      // A durable one that the hub could not take now stays in the outbox and is offered again.
      outbox.offerAgain(g, ctr, message.retryMs);
      break;
    }
  }
}

/** What of a machine's logs and documents is here. */
export function holdingsOf(feeds: SessionFeeds, documents: Documents): Holdings {
  return {
    log: (session) => feeds.log(session)?.seen ?? null,
    hashAt: (session, seq) => feeds.log(session)?.hashAt(seq) ?? null,
    docRev: (session, doc) => documents.revOf(session, doc),
  };
}

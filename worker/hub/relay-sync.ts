// What a relay hears once it is proven: every head, then the commands that waited, then who watches (protocol 12).
import { LIST_ENTRIES, packAll, parseFrame, recordHash, type Hash, type SessionId } from "../../schema/index.ts";
import type { RelayConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";
import { tellWatchers } from "./watch.ts";

type Head = [SessionId, number, Hash];

/** Starts, or after a sleep starts over. Ends early, without effect, when the relay goes or is replaced meanwhile. */
export async function syncRelay(parts: HubParts, relay: RelayConnection): Promise<void> {
  const { records, documents, keyrings } = parts;
  const isCurrent = (): boolean => parts.connections.relay() === relay;
  let after = "";
  for (;;) {
    const sessions = records.sessionsAfter(after, LIST_ENTRIES);
    const list: Head[] = [];
    // One at a time: hashing a page's frames at once would hold them all in memory.
    for (const { s, head } of sessions) {
      const hash = await headHash(parts, s, head);
      if (!isCurrent()) return;
      if (hash !== null) list.push([s, head, hash]);
    }
    after = sessions.at(-1)?.s ?? after;
    const more = sessions.length === LIST_ENTRIES;
    const revs = { docs: documents.newestRev(), grants: relay.state.grantsRev, rings: keyrings.revs(LIST_ENTRIES) };
    relay.say({ t: "heads", list, more, ...revs });
    if (!more) break;
  }
  relay.state.synced = true;
  relay.touch();
  for (const message of packAll([...parts.queue.pending(parts.now())])) relay.send(message);
  if (parts.connections.devices().some(({ state }) => state.nonce !== null)) tellWatchers(parts);
}

async function headHash({ records }: HubParts, s: SessionId, head: number): Promise<Hash | null> {
  const bytes = records.one(s, head);
  if (bytes === null) return null;
  const { hdr, body } = parseFrame(bytes);
  return recordHash(hdr, body);
}

// A relay's control messages, once it is proven.
import { AppError, assertNever, packAll, parseControl, relayToHub, type RelayToHub } from "../../schema/index.ts";
import type { RelayConnection } from "./connections.ts";
import type { Grants } from "./grants.ts";
import type { HubParts } from "./hub-parts.ts";
import type { Pairing } from "./pairing.ts";

/** Obeys one message. E_FRAME or E_SIZE for a malformed one. */
export async function takeRelayControl(
  parts: HubParts & { readonly grants: Grants; readonly pairing: Pairing },
  relay: RelayConnection,
  text: string,
): Promise<void> {
  const message = parseControl(text, relayToHub);
  switch (message.t) {
    case "auth":
      throw new AppError("E_FRAME", { reason: "already proven" });
    case "pull":
      return pull(parts, relay, message);
    case "reset":
      return parts.storage.transactionSync(() => parts.records.reset(message.s, message.q));
    case "retire":
      return parts.storage.transactionSync(() => {
        for (const [s, q] of message.list) parts.records.retire(s, q);
      });
    case "grants":
      return parts.grants.push(relay, message.rev, message.list);
    case "pair_open":
      return parts.pairing.open(relay, message.pid, message.exp);
    case "pair_close":
      return parts.pairing.close(relay, message.pid);
    case "cgot":
      return parts.queue.remove(message);
    case "routes":
    case "hgot":
      // Webhooks and share links are a later stage; a relay that is ahead of this hub loses nothing by it.
      return;
    default:
      return assertNever(message);
  }
}

/** The relay has no window: it asks for one page at a time and is the only one of its kind. */
function pull(
  { records }: HubParts,
  relay: RelayConnection,
  { s, from, to }: Extract<RelayToHub, { t: "pull" }>,
): void {
  const frames = [...records.read(s, from - 1, to)].map(({ frame }) => frame);
  if (frames.length === 0) return relay.say({ t: "err", code: "E_NOT_FOUND", ref: [s, from] });
  for (const message of packAll(frames)) relay.send(message);
}

// Trust tells the machine's own log: who was paired, revoked, renamed, and when the content key changed.
import { assertNever, MACHINE_SESSION, type ItemOf } from "../../schema/index.ts";
import type { SessionLog } from "../journal/ports.ts";
import type { TrustEvent } from "./change.ts";
import type { TrustStore } from "./trust-store.ts";

/** Writes a note per event, in the commit of the change itself: neither is ever without the other. Returns the unsubscriber. */
export function auditTrust(store: TrustStore, log: Pick<SessionLog, "keep">): () => void {
  return store.within((event) => log.keep(MACHINE_SESSION, noteOf(event)));
}

function noteOf(event: TrustEvent): ItemOf<"note"> {
  switch (event.type) {
    case "rotated":
      return { k: "note", code: "epoch.rotated", text: String(event.epoch) };
    case "restored":
      return { k: "note", code: "relay.restored", text: event.why };
    case "paired":
    case "activated":
    case "revoked":
    case "renamed":
    case "erased":
    case "rekeyed":
    case "held":
    case "confirmed":
      return { k: "note", code: `device.${event.type}`, text: event.device.name, d: event.device.d };
    default:
      return assertNever(event);
  }
}

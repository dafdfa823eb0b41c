// The machine document "pairing": devices that wait for their six digits, so that an admin device can type them.
import { MACHINE_SESSION, type PairId, type PairingDoc } from "../../schema/index.ts";
import type { DocumentStore } from "../journal/ports.ts";
import type { Pairing } from "./ports.ts";

/** Keeps the document true from now on, beginning empty; `report` gets what could not be written. Returns the unsubscriber. */
export function publishPairing(
  pairing: Pick<Pairing, "on">,
  documents: Pick<DocumentStore, "put">,
  report: (error: unknown) => void,
): () => void {
  const waiting = new Map<PairId, PairingDoc["waiting"][number]>();
  const publish = (): void => {
    documents.put(MACHINE_SESSION, "pairing", { waiting: [...waiting.values()] }).catch(report);
  };
  publish();
  return pairing.on((event) => {
    if (event.type === "waiting") waiting.set(event.pid, { pid: event.pid, name: event.name, until: event.until });
    else waiting.delete(event.pid);
    publish();
  });
}

// The machine document "keys": how old they are, when they change, and what happened to them, so that every screen can tell
// it while the machine is away.
import { KEY_EVENTS, keysDoc, MACHINE_SESSION, ROTATE_MS, type KeysDoc } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../journal/database.ts";
import type { DocumentStore } from "../journal/ports.ts";
import type { TrustEvent } from "./change.ts";
import type { Device } from "./ports.ts";
import { lastRestore } from "./restore-mark.ts";
import type { TrustStore } from "./trust-store.ts";

/** What the document is made of. */
export interface KeysDocumentParts {
  readonly db: Database;
  readonly clock: Pick<Clock, "now">;
  readonly trust: Pick<TrustStore, "list" | "epochs" | "on">;
  readonly documents: Pick<DocumentStore, "get" | "put">;
}

type KeyEvent = KeysDoc["events"][number];

/** Keeps the document true from now on; `report` gets what could not be written. Returns the unsubscriber. */
export function publishKeys(parts: KeysDocumentParts, report: (error: unknown) => void): () => void {
  const { documents, clock, trust } = parts;
  let events = eventsSoFar(documents.get(MACHINE_SESSION, "keys"));
  const publish = (): void => {
    documents.put(MACHINE_SESSION, "keys", contentOf(parts, events)).catch(report);
  };
  publish();
  return trust.on((event) => {
    const told = eventOf(event, clock.now());
    if (told !== null) events = [...events, told].slice(-KEY_EVENTS);
    publish();
  });
}

function eventsSoFar(value: unknown): KeysDoc["events"] {
  const known = keysDoc.safeParse(value);
  return known.success ? known.data.events : [];
}

function contentOf({ db, trust }: KeysDocumentParts, events: KeysDoc["events"]): KeysDoc {
  const { epochs } = trust;
  const since = epochs.currentSince();
  const restored = lastRestore(db);
  return {
    ...{ epoch: epochs.current(), since, next: since + ROTATE_MS },
    devices: trust.list().flatMap((device) => {
      const state = stateOf(device);
      return state === null ? [] : [{ d: device.d, g: device.g, since: device.keyed, state }];
    }),
    ...(restored === undefined ? {} : { restored }),
    events,
  };
}

/** Null for one that is not, or no longer, paired. */
function stateOf({ state, mustRekey }: Device): KeysDoc["devices"][number]["state"] | null {
  if (state === "held") return "held";
  if (state !== "active") return null;
  return mustRekey ? "rekey" : "good";
}

function eventOf(event: TrustEvent, at: number): KeyEvent | null {
  switch (event.type) {
    case "rotated":
      return { at, what: "rotated", epoch: event.epoch };
    case "restored":
      return { at, what: "restored" };
    case "rekeyed":
    case "revoked":
    case "held":
    case "confirmed":
      return { at, what: event.type, name: event.device.name };
    case "paired":
    case "activated":
    case "renamed":
    case "erased":
      return null; // the list of devices tells it
  }
}

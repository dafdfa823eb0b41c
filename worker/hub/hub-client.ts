// The Worker's way to a machine's hub. Called only after a registry hit, so no route creates an object for an unknown m.
import type { Bytes, MachineId } from "../../schema/index.ts";
import type { Hub } from "./hub-object.ts";
import { OPENING_HEADER } from "./opening-header.ts";
import type { PairAnswer } from "./pairing.ts";
import type { Opening } from "./socket-state.ts";

/** What routes ask of hubs. */
export interface Hubs {
  /** Answers an upgrade whose every check has passed. */
  connect(opening: Opening): Promise<Response>;
  /** Passes a pairing frame to the relay and waits for its answer, at most PAIR_POLL_MS. */
  pair(m: MachineId, frame: Bytes, address: string): Promise<PairAnswer>;
  /** Closes every socket of a machine that is no longer registered. */
  dismiss(m: MachineId): Promise<void>;
}

/** Hubs behind the Durable Object binding: one object per machine, named by its id. */
export function createHubs(namespace: DurableObjectNamespace<Hub>): Hubs {
  const hubOf = (m: MachineId) => namespace.get(namespace.idFromName(m));
  return {
    connect(opening) {
      const headers = { Upgrade: "websocket", [OPENING_HEADER]: JSON.stringify(opening) };
      return hubOf(opening.m).fetch("https://hub/socket", { headers });
    },
    pair: async (m, frame, address) => hubOf(m).pair(frame, address),
    async dismiss(m) {
      await hubOf(m).dismiss();
    },
  };
}

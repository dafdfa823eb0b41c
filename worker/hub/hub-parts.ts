// What the hub's rules work with: storage, sockets, clock, and the few effects that leave the object.
import type { Grant, MachineId } from "../../schema/index.ts";
import type { Blobs } from "./blobs.ts";
import type { CommandQueue } from "./command-queue.ts";
import type { Connections } from "./connections.ts";
import type { Documents } from "./documents.ts";
import type { Keyrings } from "./keyrings.ts";
import type { Meta } from "./meta.ts";
import type { RecordLog } from "./record-log.ts";
import type { Retention } from "./retention.ts";
import type { HubStorage } from "./storage.ts";

/** What the Durable Object hands in. */
export interface HubDeps {
  readonly now: () => number;
  readonly storage: HubStorage;
  /** Writes a grants push to the registry; E_GRANT when the machine is no longer registered. */
  readonly replaceGrants: (m: MachineId, rev: number, list: readonly Grant[]) => Promise<void>;
  /** Runs `run` after `delayMs`, unless the object sleeps or ends before. */
  readonly later: (delayMs: number, run: () => void) => void;
  readonly setAlarm: (at: number) => void;
  readonly budgetBytes: number;
  /** A structured event for whoever runs the Worker; no secrets, no content. */
  readonly log: (event: { readonly event: string; readonly name?: string }) => void;
}

/** The parts that rules share. */
export interface HubParts extends HubDeps {
  readonly records: RecordLog;
  readonly documents: Documents;
  readonly keyrings: Keyrings;
  readonly blobs: Blobs;
  readonly queue: CommandQueue;
  readonly retention: Retention;
  readonly meta: Meta;
  readonly connections: Connections;
}

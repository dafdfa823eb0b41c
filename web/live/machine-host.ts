// What a machine tells the core around it, and what it gets from it.
import type { SessionId } from "../../schema/index.ts";
import type { TokenSource } from "./auth.ts";
import type { IdentityRow } from "./live-store.ts";
import type { Platform } from "./ports.ts";

/** One per machine; every call may come at any time until the machine is stopped. */
export interface MachineHost {
  /** Something of the app view changed. */
  readonly changed: () => void;
  readonly timelineChanged: (session: SessionId) => void;
  /** Storage failed. */
  readonly storageFailed: (error: unknown) => void;
  /** Another root is in use: other tabs must know. */
  readonly keysChanged: () => void;
  /** The outbox changed: other tabs must know. */
  readonly outboxChanged: () => void;
}

/** What a machine works with. */
export interface MachineOptions {
  readonly platform: Platform;
  readonly identity: IdentityRow;
  readonly tokens: TokenSource;
  readonly host: MachineHost;
}

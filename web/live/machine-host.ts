// What a machine tells the core around it.
import type { SessionId } from "../../schema/index.ts";

/** One per machine; every call may come at any time until the machine is stopped. */
export interface MachineHost {
  /** Something of the app view changed. */
  readonly changed: () => void;
  readonly timelineChanged: (session: SessionId) => void;
  /** Storage failed. */
  readonly storageFailed: (error: unknown) => void;
  /** The outbox changed: other tabs must know. */
  readonly outboxChanged: () => void;
}

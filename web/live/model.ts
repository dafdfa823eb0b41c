// What screens see: plain data that the live thread posts to the page. No React, no crypto, no socket in here; every
// time is epoch ms of this device unless it says machine time.
import type {
  AgentsDoc,
  DeviceId,
  HealthDoc,
  KeysDoc,
  MachineId,
  PairId,
  ProjectsDoc,
  PromptBlock,
  RootId,
  Scope,
  SessionId,
  SessionStatus,
  TrustDoc,
  TurnUsage,
  WaitAnswer,
  WaitId,
  WaitRequest,
  WorkspacesDoc,
} from "./model-schema.ts";

/** Where a message is; the words on screen follow from it (`data-delivery`). */
export type Delivery = "device" | "stored" | "machine" | "agent" | "refused" | "unknown";

/** How proven the view of a machine is (`data-live`). */
export type Liveness =
  | { readonly status: "live"; readonly provenAt: number; readonly roundTripMs?: number }
  | { readonly status: "confirming"; readonly since: number }
  | { readonly status: "stale"; readonly confirmedAt: number | null }
  | {
      readonly status: "offline";
      readonly confirmedAt: number | null;
      readonly retryAt: number | null;
      readonly attempt: number;
    };

/** What is wrong beyond silence (`data-alarm`). */
export type Alarm =
  | { readonly kind: "withheld"; readonly session: SessionId | null; readonly said: number; readonly got: number }
  | { readonly kind: "forked"; readonly session: SessionId }
  | { readonly kind: "rolled-back"; readonly session: SessionId }
  | { readonly kind: "relay-absent"; readonly since: number };

/** One paired machine with its newest documents (undefined = not received yet). */
export interface MachineView {
  readonly machine: MachineId;
  readonly name: string;
  readonly liveness: Liveness;
  readonly alarm: Alarm | null;
  /**
   * Revoked for good; held until somebody at the machine confirms this device; or outdated: the machine went on from a state
   * older than this device's keys.
   */
  readonly refused: "revoked" | "held" | "outdated" | null;
  readonly thisDevice: DeviceId;
  readonly scope: Scope;
  readonly shell: boolean;
  readonly devices: readonly DeviceRow[];
  readonly health?: HealthDoc;
  readonly keys?: KeysDoc;
  readonly agents?: AgentsDoc;
  readonly projects?: ProjectsDoc;
  readonly workspaces?: WorkspacesDoc;
  /** By root, while a project asks. */
  readonly trust: Readonly<Record<string, TrustDoc>>;
  readonly pairing: readonly { readonly pid: PairId; readonly name: string; readonly until: number }[];
  /** Machine time minus device time, from the last proof; null before one. */
  readonly clockOffsetMs: number | null;
}

export interface DeviceRow {
  readonly d: DeviceId;
  readonly name: string;
  readonly scope: Scope;
  readonly shell: boolean;
  readonly created: number | null;
  readonly last: number | null;
  readonly isThis: boolean;
}

/** One row of the Sessions screen, from the session's head. */
export interface SessionRow {
  readonly machine: MachineId;
  readonly machineName: string;
  readonly session: SessionId;
  readonly title: string;
  readonly project: string;
  readonly root: RootId;
  readonly cwd: string;
  readonly branch?: string;
  readonly agent: string;
  readonly model?: string;
  readonly mode?: string;
  readonly modes: readonly { readonly id: string; readonly name: string }[];
  readonly state: SessionStatus;
  readonly since: number;
  readonly last: string;
  readonly error?: string;
  readonly waits: number;
  readonly queued: number;
  readonly archived: boolean;
  readonly usage?: TurnUsage;
}

/** A wait, as a card shows it, wherever it is met (Inbox, Sessions, Session). */
export interface WaitView {
  readonly machine: MachineId;
  readonly machineName: string;
  readonly session: SessionId;
  readonly sessionTitle: string;
  readonly agent: string;
  readonly project: string;
  readonly branch?: string;
  /** The session's folder, as its head names it; "" when the head is not here. */
  readonly cwd: string;
  readonly wid: WaitId;
  /** null: too large for the head and its record is not here yet; open the session. */
  readonly request: WaitRequest | null;
  readonly kind: WaitRequest["kind"];
  readonly since: number;
  readonly until?: number;
  /** This device's own answer on its way: shown instead of the buttons until a final result. */
  readonly answering: { readonly delivery: Delivery; readonly answer: WaitAnswer; readonly command: CommandKey } | null;
}

/** A command of this device, by which its bubble's buttons work. */
export interface CommandKey {
  readonly machine: MachineId;
  readonly g: number;
  readonly ctr: number;
}

/** Why something was refused or is unknown: the code, and the tool's own words. */
export interface Refusal {
  readonly code: string;
  readonly text?: string;
  /** One sentence: what to do. */
  readonly next?: string;
}

/** One line or block of the conversation. `key` is stable across updates; `at` is the record's machine time. */
export type TimelineEntry =
  | {
      readonly kind: "turn";
      readonly key: string;
      readonly at: number;
      readonly turn: number;
      readonly end: TurnEndView | null;
    }
  | {
      readonly kind: "user";
      readonly key: string;
      /** When it was said; once the agent has it, when it was read. */
      readonly at: number;
      readonly blocks: readonly PromptBlock[];
      readonly delivery: Delivery;
      readonly refusal: Refusal | null;
      /** null: sent by another device or the desk. */
      readonly command: CommandKey | null;
      readonly by: string | null;
      /** May still be edited or withdrawn. */
      readonly queued: boolean;
      /** Prompts before this one in the machine's queue, where that is known. */
      readonly ahead?: number;
    }
  | {
      readonly kind: "prose";
      readonly key: string;
      readonly at: number;
      readonly text: string;
      readonly streaming: boolean;
    }
  | {
      readonly kind: "thought";
      readonly key: string;
      readonly at: number;
      readonly text: string;
      readonly ms: number | null;
      readonly streaming: boolean;
    }
  | { readonly kind: "tool"; readonly key: string; readonly at: number; readonly tool: ToolView }
  | { readonly kind: "plan"; readonly key: string; readonly at: number; readonly steps: readonly PlanStep[] }
  | {
      readonly kind: "wait";
      readonly key: string;
      readonly at: number;
      readonly wait: WaitView;
      readonly done: WaitDone | null;
    }
  | {
      readonly kind: "note";
      readonly key: string;
      readonly at: number;
      readonly code: string;
      readonly text: string;
      /** The device it is about. */
      readonly device?: DeviceId;
    }
  | AuditCommand
  | { readonly kind: "error"; readonly key: string; readonly at: number; readonly text: string }
  | {
      readonly kind: "state";
      readonly key: string;
      readonly at: number;
      readonly state: SessionStatus;
      readonly why: string | null;
    }
  | { readonly kind: "mode"; readonly key: string; readonly at: number; readonly mode: string }
  | { readonly kind: "unsupported"; readonly key: string; readonly at: number; readonly what: string };

/** The last word on one command, as the machine's own log keeps it. */
export interface AuditCommand {
  readonly kind: "command";
  readonly key: string;
  readonly at: number;
  /** The device that gave it, or the console of the machine. */
  readonly by: DeviceId | "desk";
  readonly op: string;
  readonly status: string;
  readonly code: string | null;
  /** What it was about, as far as that has an id. */
  readonly session: SessionId | null;
  readonly device: DeviceId | null;
  readonly root: RootId | null;
}

export interface TurnEndView {
  readonly at: number;
  readonly stop: string;
  readonly usage?: TurnUsage;
}

export interface PlanStep {
  readonly text: string;
  /** `unfinished`: it was in progress when its turn ended. */
  readonly status: "pending" | "in_progress" | "completed" | "unfinished";
}

/** Who settled a wait, in words for the screen: "you", a device's name, "the desk", "the clock", the agent's name. */
export interface WaitDone {
  readonly at: number;
  readonly by: string;
  readonly answer: WaitAnswer;
  /** "Approved", "Denied", "Always allowed", "Answered", "Withdrawn", … */
  readonly outcome: string;
}

/** A tool call with what it became. */
export interface ToolView {
  readonly id: string;
  readonly title: string;
  /** ACP's kind: read, edit, delete, move, search, execute, think, fetch, switch_mode, other. */
  readonly what: string;
  /** `unfinished`: its turn is over, and nothing said how the call ended. */
  readonly status: "pending" | "in_progress" | "completed" | "failed" | "unfinished";
  readonly paths: readonly string[];
  /** Exact command, where the call runs one. */
  readonly command: string | null;
  readonly output: string;
  /** Output cut for the screen; the whole is to be had. */
  readonly outputCut: boolean;
  readonly diffs: readonly { readonly path: string; readonly before: string | null; readonly after: string }[];
  readonly parent: string | null;
  readonly ms: number | null;
}

/** A session's conversation. Entries arrive as splices so that a flood costs only what is new. */
export interface TimelineView {
  readonly machine: MachineId;
  readonly session: SessionId;
  readonly status: "loading" | "ready";
  readonly entries: readonly TimelineEntry[];
  /** Older pages exist. */
  readonly more: boolean;
  readonly loadingOlder: boolean;
  readonly alarm: Alarm | null;
}

/** Something on this phone that the machine has not finished. */
export interface OutboxRow {
  readonly command: CommandKey;
  readonly op: string;
  readonly session: SessionId | null;
  readonly sessionTitle: string | null;
  /** The prompt's words, or what it does ("Stop"). */
  readonly label: string;
  readonly at: number;
  readonly delivery: Delivery;
  readonly refusal: Refusal | null;
}

/** Everything but the conversations. */
export interface AppView {
  /** False until the cache was read. */
  readonly ready: boolean;
  /** This browser has a network, as far as it says. */
  readonly online: boolean;
  readonly machines: readonly MachineView[];
  /** Newest activity first, archived ones too. */
  readonly sessions: readonly SessionRow[];
  /** Every open wait of every machine, newest first. */
  readonly waits: readonly WaitView[];
  readonly outbox: readonly OutboxRow[];
  /** Worst of all machines, for the app root's `data-live`; "offline" with no machine. */
  readonly live: Liveness["status"];
  readonly alarm: Alarm["kind"] | null;
  /** Something the person must know about this browser: storage refused, lost or full. */
  readonly trouble: { readonly code: string; readonly text: string; readonly next: string } | null;
}

/** Where a pairing stands on the new device. */
export type PairingView =
  | { readonly step: "idle" }
  | { readonly step: "connecting"; readonly since: number }
  | { readonly step: "code"; readonly code: string; readonly machineName: string; readonly until: number }
  | { readonly step: "finishing"; readonly machineName: string }
  | { readonly step: "paired"; readonly machine: MachineId; readonly machineName: string }
  | { readonly step: "failed"; readonly code: string; readonly reason: string; readonly next: string };

/** What a command promises its caller: it is in the outbox (durable), or why it could not even be that. */
export type Accepted =
  | { readonly ok: true; readonly command: CommandKey }
  | { readonly ok: false; readonly refusal: Refusal };

/** What became of a command that a form waits for. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly refusal: Refusal };

export interface StartSession {
  readonly machine: MachineId;
  readonly root: RootId;
  readonly agent: string;
  readonly model?: string;
  readonly mode?: string;
  readonly worktree?: string;
  readonly title?: string;
  readonly prompt?: string;
}

/** A store a hook can adapt: useSyncExternalStore(subscribe, get). */
export interface Store<T> {
  readonly get: () => T;
  readonly subscribe: (listener: () => void) => () => void;
}

/** The page's one handle on everything live (implemented in web/live/client.ts over the worker thread). */
export interface Live {
  readonly app: Store<AppView>;
  readonly pairing: Store<PairingView>;
  /** Opens a conversation while somebody subscribes. The same store for the same session. */
  timeline(machine: MachineId, session: SessionId): Store<TimelineView>;
  loadOlder(machine: MachineId, session: SessionId): void;
  /** Full output of a tool call (history.get / blob.get). */
  toolOutput(machine: MachineId, session: SessionId, tool: string): Promise<Outcome<string>>;

  pair(linkOrFragment: string, deviceName: string): void;
  cancelPairing(): void;

  startSession(request: StartSession): Promise<Accepted>;
  /** Resolves with the new session once the machine has it. */
  started(command: CommandKey): Promise<Outcome<{ readonly s: SessionId }>>;
  prompt(machine: MachineId, session: SessionId, text: string): Promise<Accepted>;
  editPrompt(machine: MachineId, session: SessionId, of: CommandKey, text: string): Promise<Accepted>;
  withdrawPrompt(machine: MachineId, session: SessionId, of: CommandKey): Promise<Accepted>;
  answer(wait: WaitView, answer: WaitAnswer): Promise<Accepted>;
  cancelTurn(machine: MachineId, session: SessionId): Promise<Accepted>;
  stopSession(machine: MachineId, session: SessionId): Promise<Accepted>;
  resumeSession(machine: MachineId, session: SessionId): Promise<Accepted>;
  setMode(machine: MachineId, session: SessionId, mode: string): Promise<Accepted>;
  archiveSession(machine: MachineId, session: SessionId): Promise<Accepted>;
  /** A refused or unknown command: the same words as a new command. */
  retry(command: CommandKey): Promise<Accepted>;
  dismiss(command: CommandKey): Promise<void>;

  renameDevice(machine: MachineId, device: DeviceId, name: string): Promise<Outcome>;
  revokeDevice(machine: MachineId, device: DeviceId): Promise<Outcome>;
  /** Changes the content keys for every device, now. */
  rotateKeys(machine: MachineId): Promise<Outcome>;
  /** The link for another device; shown, never stored. */
  invite(
    machine: MachineId,
    scope: Scope,
    shell: boolean,
  ): Promise<Outcome<{ readonly url: string; readonly exp: number }>>;
  acceptPairing(machine: MachineId, pid: PairId, code: string): Promise<Outcome>;
  addProject(machine: MachineId, path: string, name?: string): Promise<Outcome>;
  removeProject(machine: MachineId, root: RootId): Promise<Outcome>;
  trustProject(machine: MachineId, root: RootId, digest: string): Promise<Outcome>;
  probeAgents(machine: MachineId): Promise<Outcome>;
  /** The machine's whole audit trail as lines that prove themselves (schema/audit.ts), proven on this device as well. */
  auditFile(machine: MachineId): Promise<Outcome<string>>;
  /** Reconnect now; the person asked. */
  reconnect(): void;
  /** Forgets a machine on this device: keys, cache, outbox. */
  forget(machine: MachineId): Promise<void>;
}

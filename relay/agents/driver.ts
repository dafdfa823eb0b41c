// The one interface between a session and whichever coding CLI it runs. Knows nothing of devices, waits' ids or the link.
import type { ContentBlock, SessionNotification } from "@agentclientprotocol/sdk";
import type { WaitAnswer, WaitKind } from "../../schema/index.ts";

/** An agent's name: one of the built-in families, or the name of an ACP command of the local policy. */
export type AgentId = string;

/** What a person needs to know about an agent on this machine. `next` is one command or sentence to do about it. */
export interface AgentStatus {
  readonly id: AgentId;
  readonly state: "ready" | "missing" | "logged-out" | "broken";
  readonly version?: string;
  /** Who is signed in, or what kind of key is used; never a secret. */
  readonly account?: string;
  readonly detail?: string;
  readonly next?: string;
  readonly models: readonly { readonly id: string; readonly name: string }[];
  readonly modes: readonly { readonly id: string; readonly name: string }[];
}

export interface OpenOptions {
  /** Absolute path of the workspace; the process starts there. */
  readonly cwd: string;
  /** The child's whole environment (an allowlist made by the session; the driver adds only its own fixed variables). */
  readonly env: Readonly<Record<string, string>>;
  readonly model?: string;
  readonly mode?: string;
  /** The agent's own session id, from an earlier `opened` event: continue that conversation. */
  readonly resume?: string;
  /** With `resume`: continue a copy under a new id and leave that conversation as it is. Only where `canFork`. */
  readonly fork?: boolean;
  /** Gives the opening up: open() rejects E_AGENT soon and leaves nothing running. No effect once it has resolved. */
  readonly signal?: AbortSignal;
  /** Receives every raw stdout line length and stderr text, for diagnosis; never sent anywhere. */
  readonly log?: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
}

export interface AdoptOptions {
  readonly host: HostRef;
  /** Offset up to which the log was taken. */
  readonly from: number;
  /** The agent's own process, to be ended when the host is gone. */
  readonly pid: number;
  readonly pidStart: string | undefined;
  /** What its environment is marked with. */
  readonly mark: string | undefined;
}

export interface AgentDriver {
  readonly id: AgentId;
  /** It can continue a copy of a conversation, from its newest point, in the same folder. */
  readonly canFork?: boolean;
  /** Never throws for a missing or broken CLI: that is a status. Gives up after PROBE_TIMEOUT_MS. */
  probe(): Promise<AgentStatus>;
  /**
   * Resolves when the agent accepts prompts. Throws E_AGENT (with the tool's words in `text`) or E_TIMEOUT; nothing is left
   * running then. E_AGENT has `reason` "resume-refused" or "no-resume" when only a start without `resume` can succeed.
   */
  open(options: OpenOptions): Promise<AgentProcess>;
  /**
   * The agent of an earlier relay, from offset `from` of its host's log on. Never throws for a host that is gone: what it
   * still wrote comes, then `ended`. Absent where agents run in the relay itself.
   */
  adopt?(options: AdoptOptions): Promise<AgentProcess>;
}

/** Tokens and money of one turn, as far as the agent tells. Money in US dollars. */
export interface TurnUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedTokens?: number;
  readonly costUsd?: number;
}

/** How far a session host's log goes with this; absent for an agent that runs in the relay itself. */
export interface Logged {
  readonly at?: number;
}

/** Names a session host so that a later relay finds it, and nobody else in its place. */
export interface HostRef {
  readonly pid: number;
  /** See readStartTime. */
  readonly start: string;
  readonly nonce: string;
  readonly socket: string;
  /** Folder of its event log. */
  readonly dir: string;
}

/** Why a turn stopped. `error` holds the vendor's own words, unaltered. */
export interface TurnEnd extends Logged {
  readonly stop: "end_turn" | "cancelled" | "max_tokens" | "max_turn_requests" | "refusal" | "error";
  readonly usage?: TurnUsage;
  readonly error?: string;
}

/** A wait the agent opened. `key` is the driver's own name for it, unique within the process. */
export interface AgentWait {
  readonly key: string;
  readonly kind: WaitKind;
  /** The request of schema/waits.ts for this kind, serialised once: what is shown and digested. */
  readonly req: string;
  /** Epoch ms when a limit ends, where it is known. */
  readonly until?: number;
}

export type AgentEvent =
  /** The agent's own session id; keep it for `resume`. Sent before the first update, and again if it changes. */
  | {
      readonly type: "opened";
      readonly agentSession: string;
      readonly model?: string;
      readonly mode?: string;
      readonly title?: string;
    }
  /** One ACP session/update params value, passed through unmodified (or synthesised in exactly that shape). */
  | { readonly type: "update"; readonly params: SessionNotification }
  | { readonly type: "wait"; readonly wait: AgentWait }
  /** The agent no longer wants an answer. */
  | { readonly type: "withdrawn"; readonly key: string }
  /** Something a person should know that is no part of the answer (a retry, a warning); `text` in the vendor's words. */
  | { readonly type: "note"; readonly code: string; readonly text: string }
  /** Always the last event. `expected` is true when close() caused it. */
  | { readonly type: "ended"; readonly report: ExitReport; readonly expected: boolean };

/** How the process ended. First cause wins; the closing event decides, never the exit code. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last words of stderr, at most STDERR_TAIL_BYTES. */
  readonly stderr: string;
  readonly forced: boolean;
}

export interface AgentProcess {
  readonly pid: number;
  /** Present where the agent outlives the relay. */
  readonly host?: HostRef;
  /** Keys of the waits it held open when it was adopted; absent when its host was gone by then. */
  readonly openWaits?: readonly string[];
  /** Every event once, in order; ends after `ended`. One consumer. */
  readonly events: AsyncIterable<AgentEvent & Logged>;
  /**
   * One turn; rejects with E_AGENT if the process ends first. Calling it during a turn is misuse (TypeError). `turn` counts
   * up; only hosts need it: one that has begun that turn already does not begin it again, and its end is still told.
   */
  prompt(blocks: readonly ContentBlock[], turn?: number): Promise<TurnEnd>;
  /** Answers the wait of that key; E_RESOLVED when it is no longer open, E_SCHEMA when the answer does not fit. */
  answer(key: string, answer: WaitAnswer): Promise<void>;
  /** Stops the turn and keeps the session; open waits are withdrawn. Without a turn it does nothing. */
  cancel(): Promise<void>;
  configure(change: { readonly mode: string } | { readonly model: string }): Promise<void>;
  /** Closes stdin, SIGTERM to the group after the agent's grace, SIGKILL after FORCE_KILL_AFTER_MS; nothing is left. Idempotent. */
  close(): Promise<ExitReport>;
  /** Everything up to this offset is committed. */
  taken?(at: number): void;
  /** The relay goes and the agent stays, for the next relay to adopt. */
  leave?(): void;
  /** It has ended and all of it is committed: deletes what its host wrote. */
  forget?(): void;
}

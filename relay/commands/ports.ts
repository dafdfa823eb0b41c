// What a command handler gets and gives. Handlers know no frame, no key and no socket.
import type {
  ArgsOf,
  Bytes,
  CommandRef,
  DataOf,
  DeviceId,
  Hash,
  OperationName,
  Scope,
  SessionId,
} from "../../schema/index.ts";

/** Who asks, already authenticated and authorised. */
export interface CommandContext {
  readonly by: DeviceId | "desk";
  /** Name of the command, for `user` items and recovery; "desk" for the console, which may repeat itself. */
  readonly ref: CommandRef | "desk";
  readonly scope: Scope;
  readonly shell: boolean;
  readonly seen?: readonly [SessionId, number, Hash];
  /** H of the command's frame; the desk has none. */
  readonly hash?: Hash;
}

/**
 * Runs one operation; an AppError becomes the final RES `failed` (its code, its `data.text` as text), anything else is a
 * defect: E_INTERNAL.
 */
export type Handler<N extends OperationName> = (args: ArgsOf<N>, context: CommandContext) => Promise<DataOf<N>>;
export type Handlers = { readonly [N in OperationName]: Handler<N> };

/**
 * After a crash, a command that was `running` and is not idempotent: the data of its result when its effect is known to
 * have happened (its own durable row names `ref`), null when that cannot be told (it becomes `indeterminate`).
 */
export type Recover = (op: OperationName, ref: CommandRef) => unknown;

/** The pipeline of protocol 8: authenticate, dedupe, authorise, dispatch, answer. */
export interface Commands {
  /**
   * One CMD frame from the hub. Resolves when the frame is dealt with (not when the operation ends). Results leave
   * through `send`; `cgot` through `got` once the command is durably accepted or final.
   */
  receive(frame: Bytes): Promise<void>;
  /** The same operations for the person at the machine, over the Unix socket: scope admin, never journaled as a device's. */
  desk<N extends OperationName>(op: N, args: ArgsOf<N>): Promise<DataOf<N>>;
  /** What the console does by other means than an operation's handler: its result is in the audit trail like any other. */
  asDesk<T>(op: OperationName, args: unknown, run: () => Promise<T>): Promise<T>;
  /** On start: accepted ones run, running ones run again if idempotent, else recover or indeterminate. */
  recover(): Promise<void>;
  /**
   * This state is an older copy: `used` has run since and never runs again; what was open here has an end that nobody knows.
   * Before `recover`.
   */
  setBack(used: readonly CommandRef[]): Promise<void>;
}

/** Where the pipeline's answers go. Both may be called while offline: RES is then repeated on the command's retry. */
export interface CommandAnswers {
  send(result: Bytes): void;
  got(d: DeviceId, g: number, ctr: number): void;
}

// What becomes of a command that opened and was not seen before: the checks of protocol section 8, in their order. Pure.
import {
  AppError,
  EXP_RANGE_MS,
  isOperation,
  NO_BOOT,
  OPERATIONS,
  parseShape,
  type ArgsOf,
  type BootId,
  type CommandPlain,
  type ErrorCode,
  type Hash,
  type Header,
  type OperationName,
  type ResultStatus,
  type SessionId,
} from "../../schema/index.ts";
import { authorise, type Rights } from "./authorise.ts";
import type { Policy } from "./policy.ts";
import { isUsed, type ReplayWindow } from "./replay-window.ts";

/** One operation with arguments of its own shape. */
export type Task<N extends OperationName = OperationName> = {
  [Op in N]: { readonly op: Op; readonly args: ArgsOf<Op> };
}[N];

/** Stored as the final of its counter, so that the frame can never run later. */
export interface Refusal {
  readonly status: Extract<ResultStatus, "rejected" | "expired">;
  readonly code: ErrorCode;
  readonly text?: string;
}

export const LIVE_CLASS = 2;
const DURABLE_CLASS = 1;

/** Refusals that leave no trace: the counter was used, or the frame belongs to another boot and always will. Null = go on. */
export function refuseUnstored(header: Header<"CMD">, window: ReplayWindow, boot: BootId): ErrorCode | null {
  if (isUsed(window, header.ctr)) return "E_CTR_OLD";
  if (header.class === LIVE_CLASS) return header.boot === boot ? null : "E_BOOT";
  if (header.class === DURABLE_CLASS) return header.boot === NO_BOOT ? null : "E_BOOT";
  return "E_FRAME";
}

/** What judging looks at. */
export interface Circumstances {
  readonly now: number;
  readonly rights: Rights;
  readonly policy: Policy;
  /** h of a record of ours; null when we do not hold it. */
  readonly hashAt: (session: SessionId, seq: number) => Hash | null;
}

/** The task, or the refusal that is its last word. `plain` null: the plaintext has no shape. */
export function judge(header: Header<"CMD">, plain: CommandPlain | null, given: Circumstances): Task | Refusal {
  const { now, rights, policy, hashAt } = given;
  if (header.exp > now + EXP_RANGE_MS) return { status: "rejected", code: "E_EXP_RANGE" };
  if (header.exp < now) return { status: "expired", code: "E_EXPIRED" };
  if (plain === null) return { status: "rejected", code: "E_SCHEMA" };
  const { op, args, seen } = plain;
  if (!isOperation(op)) return { status: "rejected", code: "E_SCHEMA", text: "unknown operation" };
  const denied = authorise(op, rights, policy);
  if (denied !== null) return { status: "rejected", code: denied };
  if (OPERATIONS[op].class !== header.class) return { status: "rejected", code: "E_SCHEMA", text: "class" };
  const task = taskOf(op, args);
  if (!isTask(task)) return task;
  if (seen !== undefined && isFork(seen, hashAt)) return { status: "rejected", code: "E_FORK" };
  return task;
}

/** True for a task, false for a refusal. */
export function isTask(verdict: Task | Refusal): verdict is Task {
  return "op" in verdict;
}

/** Arguments checked against the operation's own shape. */
export function taskOf(op: OperationName, args: unknown): Task | Refusal {
  try {
    // The table pairs each operation with its shape; the pairing is lost on a union of names.
    return { op, args: parseShape(args, OPERATIONS[op].args) } as Task;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const reason = error.data["reason"];
    return { status: "rejected", code: "E_SCHEMA", ...(typeof reason === "string" ? { text: reason } : {}) };
  }
}

function isFork([session, seq, h]: readonly [SessionId, number, Hash], hashAt: Circumstances["hashAt"]): boolean {
  if (seq === 0) return false; // nothing was seen yet
  const ours = hashAt(session, seq);
  return ours !== null && ours !== h;
}

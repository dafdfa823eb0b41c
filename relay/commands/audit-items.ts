// What the machine's log keeps of commands: what was done to the machine, and what somebody may not do. Pure.
import { OPERATIONS, type CommandPlain, type DeviceId, type ItemOf } from "../../schema/index.ts";
import type { CommandKey } from "./command-table.ts";
import type { Outcome } from "./results.ts";
import { LIVE_CLASS, type Task } from "./verdict.ts";

type AuditItem = ItemOf<"cmd">;

/** The item of an operation that ended; null for reads, and for what the session's own log tells. */
export function doneItem(by: DeviceId | "desk", task: Task, outcome: Outcome, ctr?: number): AuditItem | null {
  const { op, args } = task;
  const isRead = OPERATIONS[op].class === LIVE_CLASS || op === "device.hello";
  if (isRead || "s" in args) return null;
  return { k: "cmd", by, op, status: outcome.status, ...(ctr === undefined ? {} : { ctr }), ...codeOf(outcome) };
}

/** The item of a command that its device may not give; null for every other refusal. */
export function refusalItem({ d, ctr }: CommandKey, plain: CommandPlain | null, outcome: Outcome): AuditItem | null {
  if (outcome.code !== "E_SCOPE" && outcome.code !== "E_POLICY") return null;
  return { k: "cmd", by: d, ctr, op: plain?.op ?? "", status: outcome.status, ...codeOf(outcome) };
}

function codeOf(outcome: Outcome): { text?: string } {
  return outcome.code === undefined ? {} : { text: outcome.code };
}

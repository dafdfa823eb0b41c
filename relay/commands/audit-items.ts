// What the machine's own log keeps of commands: every last word, of whom, about what. Never what was said in them. Pure.
import {
  deviceId,
  isOperation,
  OPERATIONS,
  rootId,
  sessionId,
  z,
  type DeviceId,
  type ItemOf,
} from "../../schema/index.ts";
import type { CommandKey } from "./command-table.ts";
import type { Outcome } from "./results.ts";
import { LIVE_CLASS } from "./verdict.ts";

type AuditItem = ItemOf<"cmd">;

/** What is known of a command when its last word is said. */
export interface Judged {
  /** The operation's name as it was given; "" when the plaintext has no shape. */
  readonly op: string;
  /** The arguments as they were given, checked or not: only ids are taken out of them. */
  readonly args: unknown;
}

/** A reader's class-2 operation may be refused for its rights; these two are worth knowing whatever was asked. */
const RIGHTS: ReadonlySet<string> = new Set(["E_SCOPE", "E_POLICY"]);

/**
 * The item of a last word; null for a read (class 2 for everybody who may look), unless its device had no right to it.
 * `by` is the console, or the name of the device's command.
 */
export function verdictItem(by: CommandKey | "desk", { op, args }: Judged, outcome: Outcome): AuditItem | null {
  const { status, code, data } = outcome;
  if (isRead(op) && !RIGHTS.has(code ?? "")) return null;
  const who: { by: DeviceId | "desk"; g?: number; ctr?: number } =
    by === "desk" ? { by } : { by: by.d, g: by.g, ctr: by.ctr };
  return {
    k: "cmd",
    ...who,
    op,
    status,
    ...subjectOf(data),
    ...subjectOf(args),
    ...(code === undefined ? {} : { text: code }),
  };
}

/** True for an operation that changes nothing. A terminal's are of class 2 as well, and want more than `view`. */
function isRead(op: string): boolean {
  return isOperation(op) && OPERATIONS[op].class === LIVE_CLASS && OPERATIONS[op].scope === "view";
}

const subject = z.object({
  s: z.optional(z.unknown()),
  d: z.optional(z.unknown()),
  root: z.optional(z.unknown()),
});

/** Ids in arguments or in a result: the session that was stopped, or that was started. */
function subjectOf(value: unknown): Pick<AuditItem, "s" | "d" | "root"> {
  const named = subject.safeParse(value);
  if (!named.success) return {};
  const [s, d, root] = [
    sessionId.safeParse(named.data.s),
    deviceId.safeParse(named.data.d),
    rootId.safeParse(named.data.root),
  ];
  return {
    ...(s.success ? { s: s.data } : {}),
    ...(d.success ? { d: d.data } : {}),
    ...(root.success ? { root: root.data } : {}),
  };
}

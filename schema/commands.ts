// Operations: what a person can want. One table says class, idempotence, scope, arguments and result (protocol section 8).
import { b64Bytes } from "./b64-shape.ts";
import { PUBLIC_KEY_BYTES } from "./crypto.ts";
import { agentStatus, SCOPES, type Scope } from "./documents.ts";
import { type ErrorCode, ERRORS } from "./errors.ts";
import { blobId, deviceId, hash, pairId, rootId, sessionId, waitId } from "./ids.ts";
import { commandRef, promptBlocks } from "./items.ts";
import { HISTORY_PAGE, NAME_CHARS, PATH_CHARS, TITLE_CHARS } from "./limits.ts";
import { waitAnswer } from "./waits.ts";
import { z } from "./zod.ts";

const count = z.int().check(z.gte(0));
const name = z.string().check(z.minLength(1), z.maxLength(NAME_CHARS));
const nothing = z.strictObject({});
const done = z.object({});
const session = z.strictObject({ s: sessionId });

/** 1 durable: journaled, may wait in the Worker's queue. 2 live: never queued, bound to one boot. */
export type CommandClass = 1 | 2;

interface Operation {
  readonly class: CommandClass;
  /** True when running it again after a crash does no harm; otherwise it becomes `indeterminate`. */
  readonly idempotent: boolean;
  readonly scope: Scope;
  readonly args: z.ZodMiniType;
  readonly data: z.ZodMiniType;
}

const op = <A extends z.ZodMiniType, D extends z.ZodMiniType>(
  kind: CommandClass,
  idempotent: "idempotent" | "once",
  scope: Scope,
  args: A,
  data: D,
) => ({ class: kind, idempotent: idempotent === "idempotent", scope, args, data });

/** Every operation of this version. */
export const OPERATIONS = {
  "device.hello": op(
    1,
    "idempotent",
    "view",
    z.strictObject({ app: z.string().check(z.maxLength(64)) }),
    z.object({ scope: z.enum(SCOPES), keyring: z.string(), ops: z.array(z.string()), policy: z.string() }),
  ),
  /** The next pairwise root; under the keys it replaces, with the highest counter so far. */
  "device.rekey": op(
    1,
    "idempotent",
    "view",
    z.strictObject({ eD: b64Bytes(PUBLIC_KEY_BYTES) }),
    z.object({ eR: b64Bytes(PUBLIC_KEY_BYTES), g: z.int().check(z.gte(2)) }),
  ),
  "device.rename": op(1, "idempotent", "view", z.strictObject({ name, d: z.optional(deviceId) }), done),
  "device.revoke": op(1, "idempotent", "admin", z.strictObject({ d: deviceId }), done),
  /** A new content epoch for everyone, now. */
  "keys.rotate": op(1, "idempotent", "admin", nothing, z.object({ epoch: count })),
  "history.get": op(
    2,
    "idempotent",
    "view",
    z
      .strictObject({ s: sessionId, from: count, to: count })
      .check(z.refine((range) => range.to - range.from <= HISTORY_PAGE)),
    z.object({ frames: z.array(z.string()), next: z.optional(count), floor: z.optional(count) }),
  ),
  "blob.get": op(
    2,
    "idempotent",
    "view",
    z.strictObject({ s: sessionId, bid: blobId, idx: count }),
    z.object({ data: z.string(), more: z.boolean() }),
  ),
  "agent.probe": op(2, "idempotent", "view", nothing, z.object({ agents: z.array(agentStatus) })),
  "session.start": op(
    1,
    "once",
    "operate",
    z.strictObject({
      root: rootId,
      agent: z.string().check(z.minLength(1), z.maxLength(NAME_CHARS)),
      model: z.optional(z.string().check(z.maxLength(64))),
      mode: z.optional(z.string().check(z.maxLength(64))),
      /** Branch name of a new worktree to work in. */
      worktree: z.optional(z.string().check(z.maxLength(200))),
      title: z.optional(z.string().check(z.maxLength(TITLE_CHARS))),
      blocks: z.optional(promptBlocks),
      bids: z.optional(z.array(blobId).check(z.maxLength(16))),
    }),
    z.object({ s: sessionId }),
  ),
  "session.prompt": op(
    1,
    "once",
    "operate",
    z.strictObject({ s: sessionId, blocks: promptBlocks, bids: z.optional(z.array(blobId).check(z.maxLength(16))) }),
    z.object({ before: count }),
  ),
  "session.fork": op(1, "once", "operate", z.strictObject({ s: sessionId, q: count }), z.object({ s: sessionId })),
  "session.resume": op(1, "once", "operate", session, done),
  "session.cancel": op(1, "idempotent", "operate", session, done),
  "session.stop": op(1, "idempotent", "operate", session, done),
  "session.archive": op(1, "idempotent", "operate", session, done),
  "session.mode": op(
    1,
    "idempotent",
    "operate",
    z.strictObject({ s: sessionId, mode: z.string().check(z.minLength(1), z.maxLength(64)) }),
    done,
  ),
  "prompt.edit": op(
    1,
    "idempotent",
    "operate",
    z.strictObject({ s: sessionId, of: commandRef, blocks: promptBlocks }),
    done,
  ),
  "prompt.withdraw": op(
    1,
    "idempotent",
    "operate",
    z.strictObject({ s: sessionId, of: commandRef }),
    z.object({ blocks: promptBlocks }),
  ),
  "wait.answer": op(
    1,
    "once",
    "operate",
    z.strictObject({ s: sessionId, wid: waitId, digest: hash, answer: waitAnswer }),
    z.object({ answer: waitAnswer, by: z.string() }),
  ),
  "pair.invite": op(
    1,
    "once",
    "admin",
    z.strictObject({ scope: z.enum(SCOPES), shell: z.boolean() }),
    z.object({ S: b64Bytes(32), exp: count }),
  ),
  "pair.accept": op(
    1,
    "once",
    "admin",
    z.strictObject({ pid: pairId, code: z.string().check(z.regex(/^\d{6}$/)) }),
    z.object({ d: deviceId }),
  ),
  "project.add": op(
    1,
    "idempotent",
    "admin",
    z.strictObject({ path: z.string().check(z.minLength(1), z.maxLength(PATH_CHARS)), name: z.optional(name) }),
    z.object({ root: rootId }),
  ),
  "project.remove": op(1, "idempotent", "admin", z.strictObject({ root: rootId }), done),
  "project.trust": op(1, "once", "admin", z.strictObject({ root: rootId, digest: hash }), done),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;
export type ArgsOf<N extends OperationName> = z.infer<(typeof OPERATIONS)[N]["args"]>;
export type DataOf<N extends OperationName> = z.infer<(typeof OPERATIONS)[N]["data"]>;

/** True for the name of an operation this version knows. */
export function isOperation(value: string): value is OperationName {
  return Object.hasOwn(OPERATIONS, value);
}

/** Plaintext of a CMD. `args` is checked against the operation's own shape after scope and policy. */
export const commandPlain = z.object({
  op: z.string().check(z.maxLength(64)),
  args: z.unknown(),
  /** What the person had seen of the session: [session, seq, h]. A prompt or answer on a forked view is refused. */
  seen: z.optional(z.tuple([sessionId, count, hash])),
});
export type CommandPlain = z.infer<typeof commandPlain>;

/** Where a command stands. All but `accepted` are final. */
export const RESULT_STATUSES = ["accepted", "done", "failed", "rejected", "expired", "indeterminate"] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

/** Plaintext of a RES: bound to its command by `h` = H(frame); `hi` is the highest counter the relay has seen. */
export const resultPlain = z.object({
  h: hash,
  status: z.enum(RESULT_STATUSES),
  code: z.optional(z.custom<ErrorCode>((value) => typeof value === "string" && Object.hasOwn(ERRORS, value))),
  /** The tool's own words. */
  text: z.optional(z.string()),
  data: z.optional(z.unknown()),
  hi: count,
});
export type ResultPlain = z.infer<typeof resultPlain>;

/** True for the last word on a command. */
export function isFinal(status: ResultStatus): boolean {
  return status !== "accepted";
}

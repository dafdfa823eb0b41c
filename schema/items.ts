// What a record holds: 1 to 256 items `{k, …}` (protocol section 7). An unknown `k` is kept and shown as unsupported.
import { blobId, deviceId, hash, rootId, sessionId, waitId, bootId } from "./ids.ts";
import { RECORD_ITEMS } from "./limits.ts";
import { WAIT_KINDS, waitAnswer } from "./waits.ts";
import { SESSION_STATUSES } from "./session-state.ts";
import { z } from "./zod.ts";

const count = z.int().check(z.gte(0));
const timeMs = count;

/** A command's name: device, generation, counter. */
export const commandRef = z.tuple([deviceId, count, count]);
export type CommandRef = z.infer<typeof commandRef>;

/** Who did it: a paired device, or somebody at the machine itself. */
export const promptOrigin = z.union([commandRef, z.literal("desk")]);
export type PromptOrigin = z.infer<typeof promptOrigin>;

/** ACP content blocks of a prompt; only text in stage 1, others are kept as they are. */
export const contentBlock = z.looseObject({ type: z.string(), text: z.optional(z.string()) });
export type PromptBlock = z.infer<typeof contentBlock>;
export const promptBlocks = z.array(contentBlock).check(z.minLength(1), z.maxLength(64));

/** Tokens and dollars of one turn, as far as the agent tells. */
export const turnUsage = z.object({
  inputTokens: z.optional(count),
  outputTokens: z.optional(count),
  cachedTokens: z.optional(count),
  costUsd: z.optional(z.number()),
});
export type ItemUsage = z.infer<typeof turnUsage>;

export const TURN_STOPS = [
  "end_turn",
  "cancelled",
  "max_tokens",
  "max_turn_requests",
  "refusal",
  "error",
  "interrupted",
] as const;

/** A session/update params value: `{sessionId, update: {sessionUpdate, …}}`, unmodified. */
const acpParams = z.looseObject({ update: z.looseObject({ sessionUpdate: z.string() }) });

/** Who settled a wait: a device, the machine's desk, a clock, the agent itself. */
export const waitBy = z.union([deviceId, z.enum(["desk", "clock", "agent"])]);

/** The items Kelpie writes. `at` is relay time in epoch ms, where the record's own time is too coarse. */
export const knownItem = z.discriminatedUnion("k", [
  z.object({ k: z.literal("acp"), u: acpParams }),
  z.object({
    k: z.literal("wait"),
    wid: waitId,
    kind: z.enum(WAIT_KINDS),
    digest: hash,
    req: z.string(),
    until: z.optional(timeMs),
  }),
  z.object({ k: z.literal("waitdone"), wid: waitId, by: waitBy, answer: waitAnswer }),
  z.object({ k: z.literal("user"), of: promptOrigin, prompt: promptBlocks }),
  z.object({
    k: z.literal("unqueued"),
    of: promptOrigin,
    why: z.enum(["edited", "withdrawn"]),
    prompt: z.optional(promptBlocks),
  }),
  z.object({ k: z.literal("turn"), t: count, of: z.array(promptOrigin) }),
  z.object({
    k: z.literal("turnend"),
    t: count,
    stop: z.enum(TURN_STOPS),
    usage: z.optional(turnUsage),
    /** The vendor's own words, unaltered. */
    error: z.optional(z.string()),
  }),
  z.object({ k: z.literal("state"), s: z.enum(SESSION_STATUSES), why: z.optional(z.string()) }),
  z.object({ k: z.literal("pty"), chan: count, ev: z.unknown() }),
  z.object({
    k: z.literal("blob"),
    bid: blobId,
    /** What the joined bytes are: "application/json" holds an item too large for a record, shown in its place. */
    mime: z.string(),
    size: count,
    hashes: z.array(hash),
    head: z.string(),
  }),
  z.object({
    k: z.literal("cmd"),
    by: z.union([deviceId, z.literal("desk")]),
    /** With `ctr` and the device, the command's name; the console's commands have none. */
    g: z.optional(count),
    ctr: z.optional(count),
    op: z.string(),
    status: z.string(),
    /** What it was about, by id only: a session, a device, a root. */
    s: z.optional(sessionId),
    d: z.optional(deviceId),
    root: z.optional(rootId),
    /** The code of a refusal or failure. */
    text: z.optional(z.string()),
  }),
  z.object({
    k: z.literal("note"),
    code: z.string(),
    text: z.optional(z.string()),
    boot: z.optional(bootId),
    /** The device it is about. */
    d: z.optional(deviceId),
  }),
]);
export type Item = z.infer<typeof knownItem>;
export type ItemOf<K extends Item["k"]> = Extract<Item, { k: K }>;

/** An item of a newer relay: kept, and shown as unsupported. */
const unknownItem = z.looseObject({ k: z.string() });
export type UnknownItem = z.infer<typeof unknownItem>;

/** Plaintext of an EVT: a list of items, each at least an object with `k`. */
export const recordPlain = z.array(unknownItem).check(z.minLength(1), z.maxLength(RECORD_ITEMS));

/** The item, typed, or null for a kind or shape this version does not know (the caller shows it as unsupported). */
export function knownItemOf(item: UnknownItem): Item | null {
  const parsed = knownItem.safeParse(item);
  return parsed.success ? parsed.data : null;
}

// JSON control messages of protocol section 15: one union per direction, told apart by `t`. Unknown keys are ignored, an
// unknown `t` is refused.
import { b64Bytes as b64 } from "./b64-shape.ts";
import { parseJson } from "./codec.ts";
import { AppError, ERRORS, type ErrorCode } from "./errors.ts";
import {
  blobId,
  deviceId,
  docId,
  hash,
  isB64Of,
  machineId,
  pairId,
  sessionId,
  type HookId,
  type ShareId,
} from "./ids.ts";
import {
  BEACON_ECHOES,
  CONTROL_BYTES,
  DEVICES_PER_MACHINE,
  HISTORY_PAGE,
  LIST_ENTRIES,
  SUBS_PER_SOCKET,
  WATCH_ENTRIES,
} from "./limits.ts";
import { utf8 } from "./platform.ts";
import { z } from "./zod.ts";

/** A counter, rev, seq or time: a whole number that JSON and the wire both hold. */
const count = z.int().check(z.gte(0));
const list = <T extends z.ZodMiniType>(entry: T, max = LIST_ENTRIES) => z.array(entry).check(z.maxLength(max));

/** A browser's nonce: 16 random bytes that only the relay's signed beacon can echo. */
export const watchNonce = b64(16);
const position = z.tuple([sessionId, count]);
const errorCode = z.custom<ErrorCode>((value) => typeof value === "string" && Object.hasOwn(ERRORS, value));
const shareId = z.custom<ShareId>((value) => isB64Of(value, 16));
const hookId = z.custom<HookId>((value) => isB64Of(value, 16));

/** An EC public key as JWK; D1 keeps it, the Worker verifies proofs with it. */
export const publicJwk = z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: b64(32), y: b64(32) });
export type PublicJwk = z.infer<typeof publicJwk>;

const auth = z.object({ t: z.literal("auth"), kid: b64(16), sig: b64(64), client: z.string().check(z.maxLength(64)) });
/** Stored records, oldest first; the answer is EVT frames. */
const pull = z
  .object({ t: z.literal("pull"), s: sessionId, from: count, to: count })
  .check(z.refine((message) => message.to >= message.from && message.to - message.from <= HISTORY_PAGE));

/** One grant: who may connect, and until when (epoch ms; absent = until revoked). */
export const grant = z.object({
  kid: deviceId,
  jwk: publicJwk,
  role: z.enum(["device", "viewer"]),
  exp: z.optional(count),
});
export type Grant = z.infer<typeof grant>;

/** What a relay may say to its hub. */
export const relayToHub = z.discriminatedUnion("t", [
  auth,
  pull,
  z.object({ t: z.literal("reset"), s: sessionId, q: count }),
  z.object({ t: z.literal("retire"), list: list(position) }),
  z.object({ t: z.literal("grants"), rev: count, list: list(grant, 2 * DEVICES_PER_MACHINE) }),
  z.object({
    t: z.literal("routes"),
    rev: count,
    hooks: list(hookId),
    shares: list(z.object({ sid: shareId, s: sessionId, authHash: b64(32), from: count, exp: count })),
  }),
  z.object({ t: z.literal("pair_open"), pid: pairId, exp: count }),
  z.object({ t: z.literal("pair_close"), pid: pairId }),
  z.object({ t: z.literal("cgot"), d: deviceId, g: count, ctr: count }),
  z.object({ t: z.literal("hgot"), hid: hookId, seq: count }),
]);
export type RelayToHub = z.infer<typeof relayToHub>;

/** What a device may say to the hub. */
export const deviceToHub = z.discriminatedUnion("t", [
  auth,
  pull,
  z.object({
    t: z.literal("sub"),
    subs: list(position, SUBS_PER_SOCKET),
    docs: count,
    live: z.optional(list(position, SUBS_PER_SOCKET)),
    nonce: watchNonce,
  }),
  z.object({ t: z.literal("alive"), nonce: watchNonce }),
  z.object({ t: z.literal("got"), bytes: count }),
  z.object({ t: z.literal("list"), before: count, limit: count.check(z.lte(HISTORY_PAGE)) }),
  z.object({ t: z.literal("blob"), bid: blobId, idx: count }),
]);
export type DeviceToHub = z.infer<typeof deviceToHub>;

const hello = z.object({ t: z.literal("hello"), v: z.int(), nonce: b64(32), conn: b64(16), time: count });
const err = z.object({
  t: z.literal("err"),
  code: errorCode,
  /** [g, ctr] of a command, [s, q] of a record, the pid of a pairing, or the bid of a blob. */
  ref: z.optional(z.union([z.tuple([count, count]), position, pairId, blobId])),
  retryMs: z.optional(count),
});
const going = z.object({ t: z.literal("going"), afterMs: z.int().check(z.gte(0), z.lte(5000)) });
const ready = z.object({
  t: z.literal("ready"),
  role: z.enum(["relay", "device", "viewer"]),
  relay: z.enum(["on", "off"]),
});

/** What the hub says to a relay. */
export const hubToRelay = z.discriminatedUnion("t", [
  hello,
  ready,
  err,
  going,
  z.object({
    t: z.literal("heads"),
    list: list(z.tuple([sessionId, count, hash])),
    more: z.boolean(),
    docs: count,
    grants: count,
    rings: list(z.tuple([deviceId, count])),
  }),
  z.object({ t: z.literal("ack"), list: list(position), docs: z.optional(count) }),
  z.object({ t: z.literal("need"), s: sessionId, q: count }),
  z.object({ t: z.literal("watch"), list: list(z.tuple([deviceId, watchNonce]), WATCH_ENTRIES) }),
]);
export type HubToRelay = z.infer<typeof hubToRelay>;

/** What the hub says to a device. */
export const hubToDevice = z.discriminatedUnion("t", [
  hello,
  ready,
  err,
  going,
  z.object({ t: z.literal("queued"), g: count, ctr: count }),
  z.object({ t: z.literal("floor"), s: sessionId, q: count }),
]);
export type HubToDevice = z.infer<typeof hubToDevice>;

/** Plaintext of a BEACON: what the relay proves to be true now. */
export const beacon = z.object({
  echo: list(z.tuple([deviceId, watchNonce]), BEACON_ECHOES),
  heads: list(z.tuple([sessionId, count, hash])),
  docs: list(z.tuple([sessionId, docId, count])),
  ring: count,
});
export type Beacon = z.infer<typeof beacon>;

/** The bare text that the platform answers for a sleeping hub, and its answer. */
export const PING = "ping";
export const PONG = "pong";

/** One control message of a direction; E_SIZE over CONTROL_BYTES, E_FRAME when it is no message of that direction. */
export function parseControl<T extends z.ZodMiniType>(text: string, direction: T): z.infer<T> {
  if (text.length > CONTROL_BYTES || utf8(text).length > CONTROL_BYTES) {
    throw new AppError("E_SIZE", { reason: "control message too large" });
  }
  try {
    return parseJson(text, direction);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new AppError("E_FRAME", { reason: "unknown control message" }, { cause });
  }
}

/** What the in-channel proof signs: nonce ‖ conn ‖ m ‖ lp(origin) ‖ role. */
export const AUTH_ROLE = { relay: 1, device: 2 } as const;

/** The id of the machine a route names. */
export const machineParam = machineId;

// Names of things: 16 bytes each, written as 22 characters of base64url. Machine and device ids are hashes of keys, so
// nobody but the key's owner can have them; the others are random.
import { fromB64, toB64 } from "./bytes.ts";
import { randomBytes, type Bytes } from "./platform.ts";
import { z } from "./zod.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type MachineId = Branded<"machine">;
export type DeviceId = Branded<"device">;
export type SessionId = Branded<"session">;
export type WaitId = Branded<"wait">;
export type PairId = Branded<"pair">;
export type BootId = Branded<"boot">;
export type DocId = Branded<"doc">;
export type BlobId = Branded<"blob">;
export type ConnId = Branded<"conn">;
export type RootId = Branded<"root">;
export type ShareId = Branded<"share">;
export type HookId = Branded<"hook">;
/** 32 bytes as base64url: a SHA-256. */
export type Hash = Branded<"hash">;

export type Id =
  | MachineId
  | DeviceId
  | SessionId
  | WaitId
  | PairId
  | BootId
  | DocId
  | BlobId
  | ConnId
  | RootId
  | ShareId
  | HookId;

export const ID_BYTES = 16;
export const HASH_BYTES = 32;
const ID_CHARS = 22;
const HASH_CHARS = 43;

/** True for the canonical spelling of exactly `length` bytes. */
export function isB64Of(text: unknown, length: number): text is string {
  return typeof text === "string" && text.length <= Math.ceil((length * 4) / 3) && fromB64(text)?.length === length;
}

function idSchema<T extends Id>() {
  return z.custom<T>((value) => isB64Of(value, ID_BYTES));
}

/** Validators of ids, each giving its brand. */
export const machineId = idSchema<MachineId>();
export const deviceId = idSchema<DeviceId>();
export const sessionId = idSchema<SessionId>();
export const waitId = idSchema<WaitId>();
export const pairId = idSchema<PairId>();
export const bootId = idSchema<BootId>();
export const docId = idSchema<DocId>();
export const blobId = idSchema<BlobId>();
export const connId = idSchema<ConnId>();
export const rootId = idSchema<RootId>();
export const hash = z.custom<Hash>((value) => isB64Of(value, HASH_BYTES));

/** An id of its 16 bytes (TypeError otherwise). The caller says which kind. */
export function idFromBytes<T extends Id>(bytes: Uint8Array): T {
  if (bytes.length !== ID_BYTES) throw new TypeError(`an id is ${ID_BYTES} bytes, not ${bytes.length}`);
  return toB64(bytes) as T;
}

/** The 16 bytes of an id. */
export function idToBytes(id: Id): Bytes {
  return decode(id, ID_CHARS, ID_BYTES);
}

/** A hash of its 32 bytes (TypeError otherwise). */
export function hashFromBytes(bytes: Uint8Array): Hash {
  if (bytes.length !== HASH_BYTES) throw new TypeError(`a hash is ${HASH_BYTES} bytes, not ${bytes.length}`);
  return toB64(bytes) as Hash;
}

/** The 32 bytes of a hash. */
export function hashToBytes(value: Hash): Bytes {
  return decode(value, HASH_CHARS, HASH_BYTES);
}

/** A fresh random id; the caller says which kind. */
export function randomId<T extends Id>(): T {
  return idFromBytes<T>(randomBytes(ID_BYTES));
}

/** All zero: the machine itself where a session is named, and "no boot" in durable commands. */
const ZERO = toB64(new Uint8Array(ID_BYTES));
/** The session that stands for the machine: its log and its documents. */
export const MACHINE_SESSION = ZERO as SessionId;
/** The boot of durable commands, which belong to none. */
export const NO_BOOT = ZERO as BootId;

function decode(text: string, chars: number, length: number): Bytes {
  const bytes = text.length === chars ? fromB64(text) : null;
  if (bytes === null) throw new TypeError(`not ${length} bytes of base64url`);
  return bytes;
}

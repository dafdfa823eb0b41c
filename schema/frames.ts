// Binary frames: the one place that knows a header's fields, their order and their bytes (protocol section 6).
import { concat, fromB64, toB64 } from "./bytes.ts";
import { AppError } from "./errors.ts";
import {
  HASH_BYTES,
  ID_BYTES,
  type BlobId,
  type BootId,
  type DeviceId,
  type DocId,
  type Hash,
  type HookId,
  type MachineId,
  type PairId,
  type SessionId,
  type ShareId,
} from "./ids.ts";
import { FRAME_BYTES } from "./limits.ts";
import type { Bytes } from "./platform.ts";
import { FRAME_VERSION } from "./version.ts";
import { SIGNATURE_BYTES } from "./crypto.ts";

/** What a field is: how many bytes, and which type it has in code. */
interface FieldTypes {
  machine: MachineId;
  device: DeviceId;
  session: SessionId;
  doc: DocId;
  blob: BlobId;
  boot: BootId;
  pair: PairId;
  share: ShareId;
  hook: HookId;
  hash: Hash;
  u8: number;
  u32: number;
  u64: number;
}
type FieldKind = keyof FieldTypes;

const KIND_BYTES = {
  machine: ID_BYTES,
  device: ID_BYTES,
  session: ID_BYTES,
  doc: ID_BYTES,
  blob: ID_BYTES,
  boot: ID_BYTES,
  pair: ID_BYTES,
  share: ID_BYTES,
  hook: ID_BYTES,
  hash: HASH_BYTES,
  u8: 1,
  u32: 4,
  u64: 8,
} as const satisfies Record<FieldKind, number>;

interface Layout {
  readonly type: number;
  /** Fields after ver and type, in order. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  readonly signed: boolean;
}

/** Every frame: type byte, header fields in order, whether RI signs it. */
export const FRAMES = {
  EVT: {
    type: 0x10,
    fields: { m: "machine", session: "session", epoch: "u32", seq: "u64", time: "u64", prev: "hash" },
    signed: true,
  },
  DOC: {
    type: 0x11,
    fields: { m: "machine", session: "session", doc: "doc", epoch: "u32", rev: "u64", time: "u64" },
    signed: true,
  },
  KEYRING: { type: 0x12, fields: { m: "machine", d: "device", g: "u32", rev: "u64", cur: "u32" }, signed: false },
  BEACON: { type: 0x13, fields: { m: "machine", epoch: "u32", boot: "boot", n: "u64", time: "u64" }, signed: true },
  BLOB: {
    type: 0x14,
    fields: { m: "machine", session: "session", epoch: "u32", bid: "blob", idx: "u32", cnt: "u32" },
    signed: false,
  },
  CMD: {
    type: 0x20,
    fields: { m: "machine", d: "device", g: "u32", ctr: "u64", exp: "u64", class: "u8", boot: "boot" },
    signed: false,
  },
  RES: {
    type: 0x21,
    fields: { m: "machine", d: "device", g: "u32", ctr: "u64", n: "u32", final: "u8" },
    signed: false,
  },
  LIVE: {
    type: 0x22,
    fields: { m: "machine", session: "session", epoch: "u32", boot: "boot", chan: "u32", n: "u64" },
    signed: true,
  },
  SHARE: { type: 0x23, fields: { m: "machine", sid: "share", rev: "u64" }, signed: false },
  HOOK: { type: 0x30, fields: { m: "machine", hid: "hook", seq: "u64", time: "u64" }, signed: false },
  PAIR1: { type: 0x40, fields: { pid: "pair" }, signed: false },
  PAIR2: { type: 0x41, fields: { pid: "pair" }, signed: false },
  PAIR3: { type: 0x42, fields: { pid: "pair" }, signed: false },
  PAIR4: { type: 0x43, fields: { pid: "pair" }, signed: false },
} as const satisfies Record<string, Layout>;

export type FrameName = keyof typeof FRAMES;

/** The header of a frame, ids and hashes as base64url. */
export type Header<N extends FrameName> = {
  readonly [Field in keyof (typeof FRAMES)[N]["fields"]]: (typeof FRAMES)[N]["fields"][Field] extends infer Kind
    ? Kind extends FieldKind
      ? FieldTypes[Kind]
      : never
    : never;
};

/** One parsed frame; `bytes` is the whole of it, the others are views into it. */
export interface Frame<N extends FrameName = FrameName> {
  readonly name: N;
  readonly header: Header<N>;
  readonly hdr: Bytes;
  readonly body: Bytes;
  /** 64 bytes where the frame is signed, else empty. */
  readonly sig: Bytes;
  readonly bytes: Bytes;
}

/** Any frame, told apart by `name`. */
export type AnyFrame = { [N in FrameName]: Frame<N> }[FrameName];

const PREFIX_BYTES = 2;
const BY_TYPE = new Map<number, FrameName>(
  (Object.keys(FRAMES) as FrameName[]).map((name) => [FRAMES[name].type, name]),
);

/** Header length in bytes, ver and type included. */
export function headerBytes(name: FrameName): number {
  let length = PREFIX_BYTES;
  for (const kind of Object.values<FieldKind>(FRAMES[name].fields)) length += KIND_BYTES[kind];
  return length;
}

/** hdr of a frame; TypeError for a value its field cannot hold. */
export function encodeHeader<N extends FrameName>(name: N, header: Header<N>): Bytes {
  const hdr = new Uint8Array(headerBytes(name));
  const view = new DataView(hdr.buffer);
  const values = header as Readonly<Record<string, string | number>>;
  hdr[0] = FRAME_VERSION;
  hdr[1] = FRAMES[name].type;
  let offset = PREFIX_BYTES;
  for (const [field, kind] of Object.entries<FieldKind>(FRAMES[name].fields)) {
    writeField(view, hdr, offset, kind, values[field]);
    offset += KIND_BYTES[kind];
  }
  return hdr;
}

function writeField(
  view: DataView,
  hdr: Bytes,
  offset: number,
  kind: FieldKind,
  value: string | number | undefined,
): void {
  if (kind === "u8" || kind === "u32" || kind === "u64") {
    const max = kind === "u64" ? Number.MAX_SAFE_INTEGER : 2 ** (KIND_BYTES[kind] * 8) - 1;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
      throw new TypeError(`not a ${kind}: ${value}`);
    }
    if (kind === "u8") view.setUint8(offset, value);
    else if (kind === "u32") view.setUint32(offset, value);
    else view.setBigUint64(offset, BigInt(value));
    return;
  }
  const bytes = typeof value === "string" ? fromB64(value) : null;
  if (bytes?.length !== KIND_BYTES[kind]) throw new TypeError(`not a ${kind}: ${value}`);
  hdr.set(bytes, offset);
}

/** A frame's bytes from its parts. */
export function joinFrame(hdr: Bytes, body: Uint8Array, sig: Uint8Array = new Uint8Array(0)): Bytes {
  return concat(hdr, body, sig);
}

/**
 * Parses one frame. E_SIZE when it is over FRAME_BYTES; E_FRAME for an unknown version or type, a truncated header, a
 * u64 beyond 2^53-1, or a signed frame without room for its signature. The body is not looked at.
 */
export function parseFrame(bytes: Bytes): AnyFrame {
  if (bytes.length > FRAME_BYTES) throw new AppError("E_SIZE", { reason: "frame too large" });
  if (bytes[0] !== FRAME_VERSION) throw new AppError("E_FRAME", { reason: "unknown version" });
  const name = BY_TYPE.get(bytes[1] ?? -1);
  if (name === undefined) throw new AppError("E_FRAME", { reason: "unknown type" });
  const hdrLength = headerBytes(name);
  const sigLength = FRAMES[name].signed ? SIGNATURE_BYTES : 0;
  if (bytes.length < hdrLength + sigLength) throw new AppError("E_FRAME", { reason: "truncated" });
  return {
    name,
    header: readHeader(name, bytes),
    hdr: bytes.subarray(0, hdrLength),
    body: bytes.subarray(hdrLength, bytes.length - sigLength),
    sig: bytes.subarray(bytes.length - sigLength),
    bytes,
  } as AnyFrame;
}

function readHeader(name: FrameName, bytes: Bytes): Readonly<Record<string, string | number>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header: Record<string, string | number> = {};
  let offset = PREFIX_BYTES;
  for (const [field, kind] of Object.entries<FieldKind>(FRAMES[name].fields)) {
    header[field] = readField(view, bytes, offset, kind);
    offset += KIND_BYTES[kind];
  }
  return header;
}

function readField(view: DataView, bytes: Bytes, offset: number, kind: FieldKind): string | number {
  if (kind === "u8") return view.getUint8(offset);
  if (kind === "u32") return view.getUint32(offset);
  if (kind === "u64") {
    const value = view.getBigUint64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new AppError("E_FRAME", { reason: "number too large" });
    return Number(value);
  }
  return toB64(bytes.subarray(offset, offset + KIND_BYTES[kind]));
}

/** True for a frame of this name, narrowing its header. */
export function isFrame<N extends FrameName>(frame: AnyFrame, name: N): frame is Extract<AnyFrame, { name: N }> {
  return frame.name === name;
}

// What the hub knows of one socket: the whole of it, kept in the socket's attachment (<= 8 KiB).
import {
  b64Bytes,
  deviceId,
  machineId,
  PUBLIC_KEY_BYTES,
  z,
  type BlobId,
  type DeviceId,
  type MachineId,
  type PairId,
  type SessionId,
} from "../../schema/index.ts";
import type { DocCursor } from "./documents.ts";

const base = {
  m: machineId,
  /** RI or DA, 65 bytes as base64url: what the in-channel proof is verified with. */
  key: b64Bytes(PUBLIC_KEY_BYTES),
  /** What the proof names as origin: "" for a relay. */
  origin: z.string(),
  /** Rev of the grants in the registry at that moment. */
  grantsRev: z.int(),
};

/** What the Worker has established before it hands a socket over. */
export const opening = z.discriminatedUnion("role", [
  z.object({ ...base, role: z.literal("relay"), kid: machineId }),
  z.object({ ...base, role: z.literal("device"), kid: deviceId }),
]);
export type Opening = z.infer<typeof opening>;

/** Said hello to; `proving` while the answer's signature is being verified. */
export interface GreetedState {
  readonly phase: "greeted" | "proving";
  readonly opening: Opening;
  readonly nonce: string;
  readonly conn: string;
  readonly since: number;
}

/** A pairing the relay has announced. */
export interface OpenPair {
  readonly pid: PairId;
  readonly exp: number;
  /** Posts so far. */
  posts: number;
}

/** The machine's one live relay. */
export interface RelayState {
  readonly phase: "relay";
  readonly m: MachineId;
  readonly since: number;
  /** It has been told every head; only then does it get what waited. */
  synced: boolean;
  grantsRev: number;
  pairs: OpenPair[];
  /** When `watch` was last sent, and whether watchers have changed since. */
  watchAt: number;
  watchDue: boolean;
}

/** Something a device asked for once, sent as its window allows. */
export type Page =
  | { readonly kind: "pull"; readonly s: SessionId; after: number; readonly to: number }
  | { readonly kind: "list"; before: number; left: number }
  | { readonly kind: "blob"; readonly bid: BlobId; readonly idx: number };

/** A device that may read. */
export interface DeviceState {
  readonly phase: "device";
  readonly m: MachineId;
  readonly d: DeviceId;
  readonly since: number;
  /** Binary bytes sent, and reported as stored or dropped. */
  sent: number;
  got: number;
  /** Per subscribed session the newest seq sent. */
  subs: Map<SessionId, number>;
  /** Subscribed channels, as "session/chan". */
  live: Set<string>;
  docs: DocCursor | null;
  pages: Page[];
  /** Something is stored that was not sent: only then does a `got` read from storage. */
  behind: boolean;
  /** Which source the next page comes from, so that none starves. */
  turn: number;
  /** Present while it watches. */
  nonce: string | null;
  seenAt: number;
}

/** Closed by us; bytes that still arrive are discarded. */
export interface OverState {
  readonly phase: "over";
}

export type SocketState = GreetedState | RelayState | DeviceState | OverState;

const PHASES: ReadonlySet<unknown> = new Set(["greeted", "proving", "relay", "device", "over"]);

/** The state in an attachment; `over` when there is none, as after a fault: such a socket is not to be trusted. */
export function stateOfAttachment(attachment: unknown): SocketState {
  return isState(attachment) ? attachment : { phase: "over" };
}

function isState(value: unknown): value is SocketState {
  return typeof value === "object" && value !== null && "phase" in value && PHASES.has(value.phase);
}

/** A relay that has just proved itself. */
export function newRelay({ m, grantsRev }: Opening, now: number): RelayState {
  return { phase: "relay", m, since: now, synced: false, grantsRev, pairs: [], watchAt: 0, watchDue: false };
}

/** A device that has just proved itself and has not subscribed yet. */
export function newDevice(m: MachineId, d: DeviceId, now: number): DeviceState {
  return {
    ...{ phase: "device", m, d, since: now, sent: 0, got: 0 },
    ...{ subs: new Map(), live: new Set(), docs: null, pages: [], behind: false, turn: 0, nonce: null, seenAt: now },
  };
}

// What the trust store offers: who the machine is, which devices it trusts, which keys they hold. The only authority.
import type {
  Bytes,
  DeviceId,
  Grant,
  Hash,
  MachineId,
  OpaqueKey,
  PairId,
  PairwiseKeys,
  Scope,
  Secret,
  SessionId,
} from "../../schema/index.ts";

/** The machine's keys; RI signs, WI receives webhooks. */
export interface Identity {
  readonly machine: MachineId;
  readonly ri: OpaqueKey;
  readonly riPublic: Bytes;
  readonly wiPublic: Bytes;
}

/** One row of the trust store, without its keys. */
export interface Device {
  readonly d: DeviceId;
  readonly name: string;
  readonly scope: Scope;
  readonly shell: boolean;
  readonly state: "pending" | "active" | "held" | "revoked";
  readonly g: number;
  readonly created: number;
  readonly last: number;
  /** Since when its root is that of generation g, epoch ms. */
  readonly keyed: number;
  /** Nothing but device.rekey is taken from it. */
  readonly mustRekey: boolean;
}

/** What device.rekey asks: which command it is, and the device's half of the agreement. */
export interface RekeyRequest {
  readonly g: number;
  readonly ctr: number;
  /** H of the CMD frame. */
  readonly command: Hash;
  /** 65 bytes. */
  readonly eD: Bytes;
}

/** The trust store. */
export interface Devices {
  list(): readonly Device[];
  get(d: DeviceId): Device | null;
  /** Keys of one generation, the one in force or the agreed next; null for a revoked device or any other generation. */
  keys(d: DeviceId, g: number): Promise<PairwiseKeys | null>;
  rename(d: DeviceId, name: string): Promise<void>;
  /** One commit: state revoked, keys erased, epoch rotated, keyrings renewed; then onChanged. Idempotent. */
  revoke(d: DeviceId): Promise<void>;
  /** Pending to active, on the first device.hello that opens. */
  activate(d: DeviceId): Promise<void>;
  /**
   * Agrees on P_g+1 and keeps it beside P_g. E_AUTH for a point off the curve, E_CTR_OLD when a later command has agreed
   * already, E_NOT_FOUND when the device is no longer what it was.
   */
  rekey(d: DeviceId, request: RekeyRequest): Promise<{ readonly eR: Bytes; readonly g: number }>;
  /** The first command under P_g+1 opened: P_g is erased, counters begin anew, the keyring is sealed anew. Idempotent. */
  advance(d: DeviceId, g: number): Promise<void>;
  /** A held device has been confirmed by name at the machine; it must rekey before anything else. Idempotent. */
  confirm(d: DeviceId): Promise<void>;
  /** A new content epoch for everyone; resolves with its number once it is committed. */
  rotate(): Promise<number>;
  /** Remembers that the device was heard (at most one write a minute). */
  seen(d: DeviceId): void;
  /** Full replacement for the Worker's registry: active and pending devices. */
  grants(): Promise<{ readonly rev: number; readonly list: readonly Grant[] }>;
  /** Anything that changes grants or keyrings. */
  onChanged(listener: () => void): () => void;
}

/** Content epochs. */
export interface Epochs {
  current(): number;
  /** False for an epoch whose root is not here. */
  has(epoch: number): boolean;
  /** K_s,e, or K_m,e for MACHINE_SESSION; cached. */
  key(epoch: number, session: SessionId): Promise<Secret>;
}

/** KEYRING frames as last published per active or pending device, with their rev. */
export interface Keyrings {
  all(): Promise<readonly { readonly d: DeviceId; readonly rev: number; readonly frame: Bytes }[]>;
  /** Highest rev, for the beacon. */
  rev(): number;
}

/** An open invitation. */
export interface Invitation {
  readonly pid: PairId;
  /** S of the link; handed out once. */
  readonly secret: Bytes;
  readonly exp: number;
}

/** What happens to a pairing, for the console and the "pairing" document. */
export type PairingEvent =
  | { readonly type: "waiting"; readonly pid: PairId; readonly name: string; readonly until: number }
  | {
      readonly type: "paired";
      readonly pid: PairId;
      readonly d: DeviceId;
      readonly name: string;
      readonly scope: Scope;
    }
  | { readonly type: "aborted"; readonly pid: PairId; readonly code: string }
  | { readonly type: "expired"; readonly pid: PairId };

/** Pairing on the relay's side (protocol 5). */
export interface Pairing {
  /** E_BUSY when PAIRS_OPEN are open. */
  invite(grant: { readonly scope: Scope; readonly shell: boolean }): Promise<Invitation>;
  /** The typed digits; E_PAIR_CODE (tries left in data), E_PAIR_EXPIRED. */
  accept(pid: PairId, code: string): Promise<DeviceId>;
  cancel(pid: PairId): void;
  /** Open pids, for pair_open after every `ready`. */
  open(): readonly { readonly pid: PairId; readonly exp: number }[];
  /**
   * One PAIR1 or PAIR3. The frames to send back as one message (PAIR2, or PAIR4 and KEYRING), empty for a silent drop,
   * or a promise of them that resolves once the digits were typed.
   */
  receive(frame: Bytes): Promise<readonly Bytes[]>;
  on(listener: (event: PairingEvent) => void): () => void;
  /** pids opened or closed. */
  onChanged(listener: () => void): () => void;
}

// What can happen to trust, as plans: the store after it, the rows, and what to tell. The store seals and commits them.
import {
  OLD_ROOT_KEPT_MS,
  PENDING_MS,
  toB64,
  type Bytes,
  type DeviceId,
  type Grant,
  type KeysDoc,
  type Scope,
} from "../../schema/index.ts";
import type { Database } from "../journal/database.ts";
import {
  deleteDevice,
  setDeviceConfirmed,
  setDeviceHeld,
  setDeviceRevoked,
  type TrustedDevice,
} from "./device-table.ts";
import type { EpochRow } from "./epoch-table.ts";
import { advanceGeneration, requireRekey, setNextRoot } from "./generation-table.ts";
import type { Device } from "./ports.ts";

/** Why the state was taken for an older copy. */
export type RestoreCause = NonNullable<KeysDoc["restored"]>["why"];

/** What happened to trust, for the machine's log. */
export type TrustEvent =
  | {
      readonly type: "paired" | "activated" | "revoked" | "renamed" | "erased" | "rekeyed" | "held" | "confirmed";
      readonly device: Device;
    }
  | { readonly type: "rotated"; readonly epoch: number }
  | { readonly type: "restored"; readonly why: RestoreCause; readonly records: number };

/** A device that passed pairing. */
export interface Newcomer {
  /** DA's public point. */
  readonly da: Bytes;
  readonly name: string;
  readonly scope: Scope;
  readonly shell: boolean;
}

/** One commit. */
export interface Change {
  /** The devices that change; the others stay. */
  readonly devices: readonly TrustedDevice[];
  /** Devices that are gone after it. */
  readonly gone?: readonly DeviceId[];
  /** A new epoch, when the change rotates. */
  readonly epoch: EpochRow | null;
  /** P_1 of a device that is not in the database yet. */
  readonly root?: { readonly d: DeviceId; readonly bytes: Bytes };
  /** The rows; inside the transaction. */
  readonly write: () => void;
  readonly events: readonly TrustEvent[];
  /** Revs that somebody has seen already: the new ones lie above them. */
  readonly above?: Revs;
  /** Nothing that others hold changes: no keyring, no grant. */
  readonly isQuiet?: true;
}

/** Revs of keyrings and grants. */
export interface Revs {
  readonly rings: number;
  readonly grants: number;
}

/** Its power ends: keys erased, epoch rotated. */
export function revoked(db: Database, device: TrustedDevice, epoch: EpochRow): Change {
  const after: TrustedDevice = { ...device, state: "revoked", next: null, mustRekey: false, hasAgreed: false };
  const write = (): void => setDeviceRevoked(db, device.d);
  return { devices: [after], epoch, write, events: [{ type: "revoked", device: after }] };
}

/** P_g+1 stands beside P_g. */
export function agreed(
  db: Database,
  device: TrustedDevice,
  next: { readonly ctr: number; readonly at: number; readonly root: Bytes },
): Change {
  const { ctr, at, root } = next;
  const after: TrustedDevice = { ...device, next: { ctr, at }, hasAgreed: device.mustRekey };
  return {
    devices: [after],
    epoch: null,
    write: () => setNextRoot(db, device.d, after, root),
    events: [],
    isQuiet: true,
  };
}

/** P_g+1 is the root, P_g is erased. What was agreed before a restore leaves the duty to rekey as it is. */
export function advanced(db: Database, device: TrustedDevice, keyed: number): Change {
  const mustRekey = device.mustRekey && !device.hasAgreed;
  const g = device.g + 1;
  const after: TrustedDevice = { ...device, g, keyed, next: null, mustRekey, hasAgreed: false };
  const write = (): void => advanceGeneration(db, device.d, g, after);
  return { devices: [after], epoch: null, write, events: [{ type: "rekeyed", device: after }] };
}

/** Confirmed by name at the machine. */
export function confirmed(db: Database, device: TrustedDevice): Change {
  const after: TrustedDevice = { ...device, state: "active" };
  const write = (): void => setDeviceConfirmed(db, device.d);
  return { devices: [after], epoch: null, write, events: [{ type: "confirmed", device: after }] };
}

/** What a relay met that goes on from an older copy of its state. */
export interface Met {
  readonly why: RestoreCause;
  /** Highest epoch of any adopted record. */
  readonly epoch: number;
  /** An epoch that this relay does not hold, or a change of trust that it does not know: a revoke may be among it. */
  readonly isTrustLost: boolean;
  /** Records taken over from the Worker. */
  readonly records: number;
  readonly above: Revs;
}

/** Every device must rekey; with trust lost, each is held until it is confirmed. Half-paired ones are gone. */
export function restored(db: Database, devices: readonly TrustedDevice[], epoch: EpochRow, met: Met): Change {
  const pending = devices.filter(({ state }) => state === "pending");
  const kept = devices.filter(({ state }) => state === "active" || state === "held");
  const after = kept.map((device): TrustedDevice => ({
    ...device,
    state: met.isTrustLost ? "held" : device.state,
    mustRekey: true,
    hasAgreed: false,
  }));
  const write = (): void => {
    for (const { d } of pending) deleteDevice(db, d);
    for (const { d, keyed, state } of after) {
      requireRekey(db, d, keyed);
      if (state === "held") setDeviceHeld(db, d);
    }
  };
  const newlyHeld = after.filter(
    ({ d, state }) => state === "held" && kept.some((one) => one.d === d && one.state !== state),
  );
  return {
    devices: after,
    gone: pending.map(({ d }) => d),
    epoch,
    write,
    events: [
      { type: "restored", why: met.why, records: met.records },
      ...newlyHeld.map((device) => ({ type: "held" as const, device })),
    ],
    above: met.above,
  };
}

/** When a pending device is erased, epoch ms; never for the others. */
export function pendingEnd(device: Device): number {
  return device.state === "pending" ? device.created + PENDING_MS : Number.POSITIVE_INFINITY;
}

/** A device as the Worker's registry names it. */
export function grantOf(device: TrustedDevice): Grant {
  const { d, da, state } = device;
  const jwk = { kty: "EC", crv: "P-256", x: toB64(da.slice(1, 33)), y: toB64(da.slice(33)) } as const;
  const role = "device" as const;
  return state === "pending" ? { kid: d, jwk, role, exp: pendingEnd(device) } : { kid: d, jwk, role };
}

/** What happened by a change, in order. */
export function eventsOf({ events, epoch }: Change): readonly TrustEvent[] {
  return epoch === null ? events : [...events, { type: "rotated", epoch: epoch.e }];
}

/** When P_g is erased although nothing came under P_g+1, epoch ms. */
export function oldRootEnd({ next }: TrustedDevice): number {
  return next === null ? Number.POSITIVE_INFINITY : next.at + OLD_ROOT_KEPT_MS;
}

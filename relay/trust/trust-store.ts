// The only authority on devices and keys. Every change is one commit of device rows, epoch and keyrings together.
import {
  AppError,
  deviceIdOf,
  DEVICES_PER_MACHINE,
  EPOCHS_KEPT,
  importSecret,
  NAME_CHARS,
  pairwiseKeys,
  PENDING_MS,
  ROTATE_MS,
  toB64,
  type Bytes,
  type DeviceId,
  type Grant,
  type MachineId,
  type PairwiseKeys,
  type Scope,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../journal/database.ts";
import { metaGet, metaSet, nextRev } from "../journal/meta.ts";
import {
  allDevices,
  allRings,
  deleteDevice,
  deviceRoot,
  insertDevice,
  setDeviceActive,
  setDeviceLast,
  setDeviceName,
  setDeviceRevoked,
  setRing,
  type Ring,
  type TrustedDevice,
} from "./device-table.ts";
import { deleteEpoch, insertEpoch, unusedEpochs, type EpochRow } from "./epoch-table.ts";
import { EpochKeys } from "./epochs.ts";
import { keyringContent, sealKeyring } from "./keyring.ts";
import type { Device, Devices, Keyrings } from "./ports.ts";
import { Serial } from "./serial.ts";

/** What the trust store works with. */
export interface TrustParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly identity: { readonly machine: MachineId };
  /** What the store's own timer could not do (a full disk); it tries again. */
  readonly report: (error: unknown) => void;
}

/** What happened to trust, for the machine's log. */
export type TrustEvent =
  | { readonly type: "paired" | "activated" | "revoked" | "renamed" | "erased"; readonly device: Device }
  | { readonly type: "rotated"; readonly epoch: number };

/** A device that passed pairing. */
export interface Newcomer {
  /** DA's public point. */
  readonly da: Bytes;
  readonly name: string;
  readonly scope: Scope;
  readonly shell: boolean;
}

interface Change {
  /** The trust store after it. */
  readonly devices: readonly TrustedDevice[];
  /** A new epoch, when the change rotates. */
  readonly epoch: EpochRow | null;
  /** P_1 of a device that is not in the database yet. */
  readonly root?: { readonly d: DeviceId; readonly bytes: Bytes };
  /** The rows; inside the transaction. */
  readonly write: () => void;
  readonly events: readonly TrustEvent[];
}

const SEEN_EVERY_MS = 60_000;
/** Timers run on a clock that may sleep; looking this often keeps what is due on the wall clock from being late. */
const LOOK_EVERY_MS = 3_600_000;
const RING_REV = "ring-rev";
const GRANTS_REV = "grants-rev";

/** Devices and keyrings on SQLite; owns the epochs. `stop` ends its timer. */
export class TrustStore implements Devices, Keyrings {
  readonly epochs: EpochKeys;
  readonly #parts: TrustParts;
  readonly #serial = new Serial();
  readonly #devices = new Map<DeviceId, TrustedDevice>();
  readonly #keys = new Map<DeviceId, { readonly g: number; readonly keys: Promise<PairwiseKeys> }>();
  readonly #changed = new Set<() => void>();
  readonly #listeners = new Set<(event: TrustEvent) => void>();
  #cancelTimer: () => void = () => undefined;

  constructor(parts: TrustParts) {
    this.#parts = parts;
    for (const device of allDevices(parts.db)) this.#devices.set(device.d, device);
    this.epochs = new EpochKeys(parts.db, parts.identity.machine, parts.clock.now());
    this.#arm();
  }

  list(): readonly Device[] {
    return [...this.#devices.values()];
  }

  get(d: DeviceId): Device | null {
    return this.#devices.get(d) ?? null;
  }

  async keys(d: DeviceId, g: number): Promise<PairwiseKeys | null> {
    const device = this.#devices.get(d);
    if (device === undefined || device.state === "revoked" || device.g !== g) return null;
    const known = this.#keys.get(d);
    if (known?.g === g) return known.keys;
    const root = deviceRoot(this.#parts.db, d, g);
    if (root === null) return null;
    const keys = keysOf(root);
    this.#keys.set(d, { g, keys });
    return keys;
  }

  rename(d: DeviceId, name: string): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device === undefined || device.state === "revoked") throw noSuchDevice();
      if (name.length === 0 || name.length > NAME_CHARS) throw new AppError("E_SCHEMA", { reason: "name" });
      if (device.name === name) return null;
      const renamed = { ...device, name };
      const write = (): void => setDeviceName(this.#parts.db, d, name);
      return { devices: this.#with(renamed), epoch: null, write, events: [{ type: "renamed", device: renamed }] };
    });
  }

  revoke(d: DeviceId): Promise<void> {
    return this.#change(() => {
      const { db, clock } = this.#parts;
      const device = this.#devices.get(d);
      if (device === undefined) throw noSuchDevice();
      if (device.state === "revoked") return null;
      const revoked: TrustedDevice = { ...device, state: "revoked" };
      return {
        devices: this.#with(revoked),
        epoch: this.epochs.next(clock.now()),
        write: () => setDeviceRevoked(db, d),
        events: [{ type: "revoked", device: revoked }],
      };
    });
  }

  activate(d: DeviceId): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device?.state !== "pending" || pendingEnd(device) <= this.#parts.clock.now()) return null;
      const active: TrustedDevice = { ...device, state: "active" };
      const write = (): void => setDeviceActive(this.#parts.db, d);
      return { devices: this.#with(active), epoch: null, write, events: [{ type: "activated", device: active }] };
    });
  }

  seen(d: DeviceId): void {
    const device = this.#devices.get(d);
    const now = this.#parts.clock.now();
    if (device === undefined || Math.abs(now - device.last) < SEEN_EVERY_MS) return;
    this.#devices.set(d, { ...device, last: now });
    setDeviceLast(this.#parts.db, d, now);
  }

  /**
   * A device that passed pairing becomes pending for PENDING_MS; `root` is its P_1 (overwritten). Paired again, its old
   * row and keys are replaced. E_BUSY when DEVICES_PER_MACHINE are trusted.
   */
  async admit({ da, name, scope, shell }: Newcomer, root: Bytes): Promise<DeviceId> {
    const { db, clock } = this.#parts;
    const d = await deviceIdOf(da);
    const change = this.#change(() => {
      const trusted = this.list().filter((device) => device.state !== "revoked" && device.d !== d);
      if (trusted.length >= DEVICES_PER_MACHINE) {
        throw new AppError("E_BUSY", { reason: `${DEVICES_PER_MACHINE} devices are paired; revoke one first` });
      }
      const now = clock.now();
      const device: TrustedDevice = { d, da, name, scope, shell, state: "pending", g: 1, created: now, last: now };
      return {
        devices: this.#with(device),
        epoch: null,
        root: { d, bytes: root },
        write: () => insertDevice(db, device, root),
        events: [{ type: "paired", device }],
      };
    });
    try {
      await change;
    } finally {
      root.fill(0);
    }
    return d;
  }

  /** A new epoch for everyone. */
  rotate(): Promise<void> {
    return this.#change(() => this.#rotation([...this.#devices.values()]));
  }

  async grants(): Promise<{ readonly rev: number; readonly list: readonly Grant[] }> {
    const rev = Number(metaGet(this.#parts.db, GRANTS_REV) ?? 0);
    const list = [...this.#devices.values()].filter(({ state }) => state !== "revoked").map(grantOf);
    return { rev, list };
  }

  async all(): Promise<readonly Ring[]> {
    return allRings(this.#parts.db);
  }

  rev(): number {
    return Number(metaGet(this.#parts.db, RING_REV) ?? 0);
  }

  onChanged(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** What happened to trust, after its commit. Returns the unsubscriber. */
  on(listener: (event: TrustEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Erases what is overdue and rotates when the epoch is old. Idempotent; also run by the store's own timer. */
  async sweep(): Promise<void> {
    await this.#change(() => this.#overdue());
    this.#arm();
  }

  /** Ends the timer. */
  stop(): void {
    this.#cancelTimer();
  }

  #with(device: TrustedDevice): TrustedDevice[] {
    return [...new Map(this.#devices).set(device.d, device).values()];
  }

  #overdue(): Change | null {
    const { db, clock } = this.#parts;
    const now = clock.now();
    const late = [...this.#devices.values()].filter((device) => pendingEnd(device) <= now);
    const isOld = now - this.epochs.currentSince() >= ROTATE_MS;
    if (late.length === 0 && !isOld) return null;
    const devices = [...this.#devices.values()].filter((device) => !late.includes(device));
    const rotation = isOld ? this.#rotation(devices) : { devices, epoch: null, write: () => undefined, events: [] };
    return {
      ...rotation,
      write: () => {
        rotation.write();
        for (const { d } of late) deleteDevice(db, d);
      },
      events: [...late.map((device) => ({ type: "erased" as const, device })), ...rotation.events],
    };
  }

  #rotation(devices: readonly TrustedDevice[]): Change {
    return { devices, epoch: this.epochs.next(this.#parts.clock.now()), write: () => undefined, events: [] };
  }

  /** Plans, seals every keyring anew, commits all of it at once, then tells. A plan of null changes nothing. */
  #change(plan: () => Change | null): Promise<void> {
    return this.#serial.run(async () => {
      const { db, clock } = this.#parts;
      const change = plan();
      if (change === null) return;
      const dropped = change.epoch === null ? [] : this.#droppable();
      const rings = await this.#sealRings(change, dropped, nextRev(this.rev(), clock.now()));
      db.transaction(() => {
        change.write();
        if (change.epoch !== null) insertEpoch(db, change.epoch);
        for (const e of dropped) deleteEpoch(db, e);
        for (const ring of rings.list) setRing(db, ring);
        metaSet(db, RING_REV, String(rings.rev));
        metaSet(db, GRANTS_REV, String(nextRev(Number(metaGet(db, GRANTS_REV) ?? 0), clock.now())));
      });
      this.#apply(change, dropped);
      if (change.events.some(({ type }) => type === "revoked")) db.checkpoint();
    });
  }

  #apply(change: Change, dropped: readonly number[]): void {
    const events = [...change.events];
    this.#devices.clear();
    for (const device of change.devices) this.#devices.set(device.d, device);
    // Keys follow the rows: gone, or derived anew from the new root.
    for (const d of this.#keys.keys()) if (this.#devices.get(d)?.state !== "active") this.#keys.delete(d);
    if (change.epoch !== null) {
      this.epochs.add(change.epoch);
      for (const e of dropped) this.epochs.drop(e);
      events.push({ type: "rotated", epoch: change.epoch.e });
    }
    this.#arm();
    for (const listener of this.#changed) listener();
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** At the limit, epochs that nothing kept is sealed under are let go. */
  #droppable(): number[] {
    return this.epochs.all().length < EPOCHS_KEPT ? [] : unusedEpochs(this.#parts.db);
  }

  async #sealRings(change: Change, dropped: readonly number[], rev: number): Promise<{ rev: number; list: Ring[] }> {
    const { machine } = this.#parts.identity;
    const epochs = [...this.epochs.all(), ...(change.epoch === null ? [] : [change.epoch])];
    const kept = epochs.filter(({ e }) => !dropped.includes(e));
    const content = keyringContent(kept, change.devices, rev);
    const list: Ring[] = [];
    for (const device of change.devices) {
      if (device.state !== "active" && device.state !== "pending") continue;
      const isNew = change.root?.d === device.d;
      const keys = isNew ? await keysOf(change.root.bytes.slice()) : await this.keys(device.d, device.g);
      if (keys === null) continue;
      list.push({ d: device.d, rev, frame: await sealKeyring(machine, device, keys.res, content) });
    }
    return { rev, list };
  }

  #arm(): void {
    this.#cancelTimer();
    const { clock, report } = this.#parts;
    const now = clock.now();
    const ends = [...this.#devices.values()].map(pendingEnd);
    const due = Math.min(...ends, this.epochs.currentSince() + ROTATE_MS, now + LOOK_EVERY_MS);
    this.#cancelTimer = clock.setTimer(
      () => {
        this.sweep().catch((error: unknown) => {
          report(error);
          this.#arm();
        });
      },
      Math.max(1000, due - now),
    );
  }
}

function noSuchDevice(): AppError {
  return new AppError("E_NOT_FOUND", { reason: "no such device" });
}

async function keysOf(root: Bytes): Promise<PairwiseKeys> {
  return pairwiseKeys(await importSecret(root));
}

/** When a pending device is erased, epoch ms; never for the others. */
function pendingEnd(device: Device): number {
  return device.state === "pending" ? device.created + PENDING_MS : Number.POSITIVE_INFINITY;
}

function grantOf(device: TrustedDevice): Grant {
  const { d, da, state } = device;
  const jwk = { kty: "EC", crv: "P-256", x: toB64(da.slice(1, 33)), y: toB64(da.slice(33)) } as const;
  const role = "device" as const;
  return state === "pending" ? { kid: d, jwk, role, exp: pendingEnd(device) } : { kid: d, jwk, role };
}

// The only authority on devices and keys. Every change is one commit of device rows, epoch and keyrings together.
import {
  AppError,
  deviceIdOf,
  DEVICES_PER_MACHINE,
  EPOCHS_KEPT,
  NAME_CHARS,
  ROTATE_MS,
  type Bytes,
  type DeviceId,
  type Grant,
  type MachineId,
  type PairwiseKeys,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../journal/database.ts";
import { metaGet, metaSet, nextRev } from "../journal/meta.ts";
import {
  advanced,
  agreed,
  confirmed,
  eventsOf,
  grantOf,
  oldRootEnd,
  pendingEnd,
  restored,
  revoked,
  type Change,
  type Met,
  type Newcomer,
  type TrustEvent,
} from "./change.ts";
import {
  allDevices,
  allRings,
  deleteDevice,
  deviceRoot,
  insertDevice,
  setDeviceActive,
  setDeviceLast,
  setDeviceName,
  setRing,
  type Ring,
  type TrustedDevice,
} from "./device-table.ts";
import { deleteEpoch, insertEpoch, unusedEpochs } from "./epoch-table.ts";
import { EpochKeys } from "./epochs.ts";
import { keyringContent, sealKeyring } from "./keyring.ts";
import { makeNextRoot } from "./next-root.ts";
import type { Device, Devices, Keyrings, RekeyRequest } from "./ports.ts";
import { GRANTS_REV, restoreMark } from "./restore-mark.ts";
import { keysOf, RootKeys } from "./root-keys.ts";
import { Serial } from "./serial.ts";

/** What the trust store works with. */
export interface TrustParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly identity: { readonly machine: MachineId };
  /** What the store's own timer could not do (a full disk); it tries again. */
  readonly report: (error: unknown) => void;
}

const SEEN_EVERY_MS = 60_000;
/** Timers run on a clock that may sleep; looking this often keeps what is due on the wall clock from being late. */
const LOOK_EVERY_MS = 3_600_000;
const RING_REV = "ring-rev";

/** Devices and keyrings on SQLite; owns the epochs. `stop` ends its timer. */
export class TrustStore implements Devices, Keyrings {
  readonly epochs: EpochKeys;
  readonly #parts: TrustParts;
  readonly #serial = new Serial();
  readonly #devices = new Map<DeviceId, TrustedDevice>();
  readonly #keys: RootKeys;
  readonly #changed = new Set<() => void>();
  readonly #listeners = new Set<(event: TrustEvent) => void>();
  readonly #witnesses = new Set<(event: TrustEvent) => () => void>();
  #cancelTimer: () => void = () => undefined;

  constructor(parts: TrustParts) {
    this.#parts = parts;
    this.#keys = new RootKeys(parts.db);
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

  keys(d: DeviceId, g: number): Promise<PairwiseKeys | null> {
    return this.#keys.of(this.#devices.get(d), g);
  }

  rename(d: DeviceId, name: string): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device === undefined || device.state === "revoked") throw noSuchDevice();
      if (name.length === 0 || name.length > NAME_CHARS) throw new AppError("E_SCHEMA", { reason: "name" });
      if (device.name === name) return null;
      const renamed = { ...device, name };
      const write = (): void => setDeviceName(this.#parts.db, d, name);
      return { devices: [renamed], epoch: null, write, events: [{ type: "renamed", device: renamed }] };
    });
  }

  revoke(d: DeviceId): Promise<void> {
    return this.#change(() => {
      const { db, clock } = this.#parts;
      const device = this.#devices.get(d);
      if (device === undefined) throw noSuchDevice();
      return device.state === "revoked" ? null : revoked(db, device, this.epochs.next(clock.now()));
    });
  }

  async rekey(d: DeviceId, request: RekeyRequest): Promise<{ readonly eR: Bytes; readonly g: number }> {
    const { db, clock } = this.#parts;
    const { g, ctr } = request;
    const root = deviceRoot(db, d, g);
    if (root === null) throw noSuchDevice();
    const { eR, next } = await makeNextRoot(root, request);
    try {
      await this.#change(() => {
        const device = this.#devices.get(d);
        if (device?.state !== "active" || device.g !== g) throw noSuchDevice();
        // A repeated older one must not take the place of the root that the device holds by now.
        if (device.next !== null && device.next.ctr > ctr) throw new AppError("E_CTR_OLD");
        return agreed(db, device, { ctr, at: clock.now(), root: next });
      });
    } finally {
      next.fill(0);
    }
    return { eR, g: g + 1 };
  }

  advance(d: DeviceId, g: number): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device === undefined || device.next === null || device.g + 1 !== g) return null;
      return advanced(this.#parts.db, device, this.#parts.clock.now());
    });
  }

  confirm(d: DeviceId): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device === undefined || device.state === "revoked") throw noSuchDevice();
      return device.state === "held" ? confirmed(this.#parts.db, device) : null;
    });
  }

  /** This relay goes on from an older copy of its state: what of it still counts. One commit; `within` is part of it. */
  restore(met: Met, within: () => void): Promise<void> {
    return this.#change(() => {
      const { db, clock } = this.#parts;
      const change = restored(db, [...this.#devices.values()], this.epochs.next(clock.now(), met.epoch), met);
      const write = (): void => {
        change.write();
        within();
      };
      return { ...change, write };
    });
  }

  activate(d: DeviceId): Promise<void> {
    return this.#change(() => {
      const device = this.#devices.get(d);
      if (device?.state !== "pending" || pendingEnd(device) <= this.#parts.clock.now()) return null;
      const active: TrustedDevice = { ...device, state: "active" };
      const write = (): void => setDeviceActive(this.#parts.db, d);
      return { devices: [active], epoch: null, write, events: [{ type: "activated", device: active }] };
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
      const age = { created: now, last: now, keyed: now, mustRekey: false, hasAgreed: false, next: null };
      const device: TrustedDevice = { d, da, name, scope, shell, state: "pending", g: 1, ...age };
      return {
        devices: [device],
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

  async rotate(): Promise<number> {
    let epoch = 0;
    await this.#change(() => {
      const change = this.#rotation();
      epoch = change.epoch?.e ?? 0;
      return change;
    });
    return epoch;
  }

  async grants(): Promise<{ readonly rev: number; readonly list: readonly Grant[] }> {
    const rev = this.#grantsRev();
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

  /**
   * Called inside the transaction of a change, so that what it writes is kept with it; its answer is called after the
   * commit. Returns the unsubscriber.
   */
  within(witness: (event: TrustEvent) => () => void): () => void {
    this.#witnesses.add(witness);
    return () => this.#witnesses.delete(witness);
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

  #overdue(): Change | null {
    const { db, clock } = this.#parts;
    const now = clock.now();
    const all = [...this.#devices.values()];
    const late = all.filter((device) => pendingEnd(device) <= now);
    const aged = all.filter((device) => oldRootEnd(device) <= now).map((device) => advanced(db, device, now));
    // From an older copy: the next number may be taken already, for other keys.
    const isOld = now - this.epochs.currentSince() >= ROTATE_MS && restoreMark(db) === null;
    if (late.length === 0 && aged.length === 0 && !isOld) return null;
    return {
      devices: aged.flatMap(({ devices }) => devices),
      gone: late.map(({ d }) => d),
      epoch: isOld ? this.epochs.next(now) : null,
      write: () => {
        for (const { write } of aged) write();
        for (const { d } of late) deleteDevice(db, d);
      },
      events: [...late.map((device) => ({ type: "erased" as const, device })), ...aged.flatMap(({ events }) => events)],
    };
  }

  #rotation(): Change {
    return { devices: [], epoch: this.epochs.next(this.#parts.clock.now()), write: () => undefined, events: [] };
  }

  /** Plans, seals every keyring anew, commits all of it at once, then tells. A plan of null changes nothing. */
  #change(plan: () => Change | null): Promise<void> {
    return this.#serial.run(async () => {
      const { db, clock } = this.#parts;
      const change = plan();
      if (change === null) return;
      const after = this.#after(change);
      const dropped = change.epoch === null ? [] : this.#droppable();
      const { rings: ringsMet = 0, grants: grantsMet = 0 } = change.above ?? {};
      const rev = nextRev(Math.max(this.rev(), ringsMet), clock.now());
      const rings = change.isQuiet === true ? [] : await this.#sealRings(change, after, dropped, rev);
      const events = eventsOf(change);
      const follow = db.transaction(() => {
        change.write();
        if (change.epoch !== null) insertEpoch(db, change.epoch);
        for (const e of dropped) deleteEpoch(db, e);
        if (change.isQuiet !== true) {
          for (const ring of rings) setRing(db, ring);
          metaSet(db, RING_REV, String(rev));
          metaSet(db, GRANTS_REV, String(nextRev(Math.max(this.#grantsRev(), grantsMet), clock.now())));
        }
        return events.flatMap((event) => [...this.#witnesses].map((witness) => witness(event)));
      });
      this.#apply(change, after, dropped);
      for (const told of follow) told();
      for (const event of events) for (const listener of this.#listeners) listener(event);
      // What was erased must not be left in the write-ahead log.
      if (change.events.some(({ type }) => type === "revoked" || type === "rekeyed")) db.checkpoint();
    });
  }

  #after({ devices, gone = [] }: Change): Map<DeviceId, TrustedDevice> {
    const changed = devices.map((device) => [device.d, device] as const);
    return new Map([...this.#devices, ...changed].filter(([d]) => !gone.includes(d)));
  }

  #apply(change: Change, after: ReadonlyMap<DeviceId, TrustedDevice>, dropped: readonly number[]): void {
    this.#keys.follow(this.#devices, after);
    this.#devices.clear();
    for (const [d, device] of after) this.#devices.set(d, device);
    if (change.epoch !== null) {
      this.epochs.add(change.epoch);
      for (const e of dropped) this.epochs.drop(e);
    }
    this.#arm();
    if (change.isQuiet !== true) for (const listener of this.#changed) listener();
  }

  #grantsRev(): number {
    return Number(metaGet(this.#parts.db, GRANTS_REV) ?? 0);
  }

  /** At the limit, epochs that nothing kept is sealed under are let go. */
  #droppable(): number[] {
    return this.epochs.all().length < EPOCHS_KEPT ? [] : unusedEpochs(this.#parts.db);
  }

  async #sealRings(
    change: Change,
    after: ReadonlyMap<DeviceId, TrustedDevice>,
    dropped: readonly number[],
    rev: number,
  ): Promise<Ring[]> {
    const { machine } = this.#parts.identity;
    const epochs = [...this.epochs.all(), ...(change.epoch === null ? [] : [change.epoch])];
    const kept = epochs.filter(({ e }) => !dropped.includes(e));
    const content = keyringContent(kept, [...after.values()], rev);
    const list: Ring[] = [];
    for (const device of after.values()) {
      if (device.state !== "active" && device.state !== "pending") continue;
      const isNew = change.root?.d === device.d;
      const keys = isNew ? await keysOf(change.root.bytes.slice()) : await this.keys(device.d, device.g);
      if (keys === null) continue;
      list.push({ d: device.d, rev, frame: await sealKeyring(machine, device, keys.res, content) });
    }
    return list;
  }

  #arm(): void {
    this.#cancelTimer();
    const { clock, report } = this.#parts;
    const now = clock.now();
    const ends = [...this.#devices.values()].flatMap((device) => [pendingEnd(device), oldRootEnd(device)]);
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

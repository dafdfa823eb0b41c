// A relay's grants push on its way to the registry: kept in SQLite until D1 has it, tried again by alarm, one at a time.
import {
  CLOSE,
  deviceIdOf,
  GRANTS_RETRY_MS,
  isAppError,
  pointOfJwk,
  type DeviceId,
  type Grant,
} from "../../schema/index.ts";
import type { Connection, RelayConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";

/** The registry's grants of one machine, as its hub writes them. */
export class Grants {
  readonly #parts: HubParts;
  #written: Promise<number> = Promise.resolve(0);
  /** When a pending push is due: at once when it is older than this waking, never while it is being written. */
  #retryAt = 0;

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  /**
   * Takes a push. A rev already written or pending, or passed, changes nothing. Devices it does not name are closed. A
   * device row whose kid is not the hash of its key is left out, and an `err` says so after the rest is written.
   */
  async push(relay: RelayConnection, rev: number, list: readonly Grant[]): Promise<void> {
    const { meta, connections } = this.#parts;
    if (rev <= this.rev()) return;
    // Pending before the first await, so that a PAIR4 right behind on the socket already waits for it.
    meta.setPendingGrants({ m: relay.state.m, rev, list });
    const left = await this.write();
    if (connections.relay() !== relay) return;
    if (left > 0) relay.say({ t: "err", code: "E_GRANT" });
  }

  /**
   * Tries to write what is pending, and says how many rows were left out. A registry that is down is no failure: the alarm
   * tries again.
   */
  write(): Promise<number> {
    this.#retryAt = Number.POSITIVE_INFINITY;
    const attempt = this.#written.then(() => this.#tryWrite());
    // The caller hears of a refusal; the next attempt must not.
    this.#written = attempt.catch(() => 0);
    return attempt;
  }

  /** The newest rev this hub has taken from the relay that is here; 0 without one. */
  rev(): number {
    const { meta, connections } = this.#parts;
    return Math.max(connections.relay()?.state.grantsRev ?? 0, meta.pendingGrants()?.rev ?? 0);
  }

  /** True once nothing waits for the registry. */
  async settled(): Promise<boolean> {
    await this.#written;
    return this.#parts.meta.pendingGrants() === null;
  }

  /** When to try again; null when nothing is pending. */
  retryAt(): number | null {
    return this.#parts.meta.pendingGrants() === null ? null : this.#retryAt;
  }

  async #tryWrite(): Promise<number> {
    const { meta, log, now } = this.#parts;
    const pending = meta.pendingGrants();
    if (pending === null) return 0;
    const honest = await onlyOwnKeys(pending.list);
    // Before the registry: a device that lost its grant must not profit from a registry that is down.
    this.#closeOthers(honest);
    try {
      await this.#parts.replaceGrants(pending.m, pending.rev, honest);
    } catch (error) {
      if (isAppError(error, "E_GRANT")) return this.#dismiss();
      log({ event: "grants.failed", name: error instanceof Error ? error.name : "unknown" });
      this.#retryAt = now() + GRANTS_RETRY_MS;
      return 0;
    }
    if (meta.pendingGrants()?.rev === pending.rev) meta.setPendingGrants(null);
    const relay = this.#parts.connections.relay();
    if (relay !== null) {
      relay.state.grantsRev = Math.max(relay.state.grantsRev, pending.rev);
      relay.touch();
    }
    return pending.list.length - honest.length;
  }

  /** The machine is no longer registered: there is nothing to write, now or later, and nobody to write it. */
  #dismiss(): number {
    const { connections, meta } = this.#parts;
    meta.setPendingGrants(null);
    const relay = connections.relay();
    if (relay !== null) connections.end(relay, CLOSE.revoked);
    return 0;
  }

  #closeOthers(list: readonly Grant[]): void {
    const { connections, now } = this.#parts;
    const granted = new Set(list.filter(({ exp }) => exp === undefined || exp > now()).map(({ kid }) => kid));
    for (const connection of connections.all()) {
      const d = deviceOf(connection);
      if (d !== null && !granted.has(d)) connections.end(connection, CLOSE.revoked);
    }
  }
}

/** The device behind a socket, also while it has not proved itself yet. */
function deviceOf({ state }: Connection): DeviceId | null {
  if (state.phase === "device") return state.d;
  const isGreeted = state.phase === "greeted" || state.phase === "proving";
  return isGreeted && state.opening.role === "device" ? state.opening.kid : null;
}

async function onlyOwnKeys(list: readonly Grant[]): Promise<Grant[]> {
  const ids = await Promise.all(list.map(({ jwk }) => deviceIdOf(pointOfJwk(jwk))));
  return list.filter(({ kid, role }, index) => role !== "device" || kid === ids[index]);
}

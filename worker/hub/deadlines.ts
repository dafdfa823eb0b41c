// Everything that is due at a time, behind the object's one alarm. Deadlines follow from stored facts, so none is lost.
import { AUTH_WITHIN_MS, CLOSE, INACTIVE_MS, SOCKET_AGE_MS } from "../../schema/index.ts";
import type { Connection } from "./connections.ts";
import type { Grants } from "./grants.ts";
import type { HubParts } from "./hub-parts.ts";

/** When this socket must go, and with which code. */
function deadlineOf({ state }: Connection): { at: number; code: number } | null {
  switch (state.phase) {
    case "greeted":
    case "proving":
      return { at: state.since + AUTH_WITHIN_MS, code: CLOSE.authTimeout };
    case "relay":
    case "device":
      return { at: state.since + SOCKET_AGE_MS, code: CLOSE.age };
    case "over":
      return null;
  }
}

/** The alarm of one hub. */
export class Deadlines {
  readonly #parts: HubParts;
  readonly #grants: Grants;
  /** When the alarm is set for; null when it is not. */
  #alarmAt: number | null;

  constructor(parts: HubParts, grants: Grants, alarmAt: number | null) {
    this.#parts = parts;
    this.#grants = grants;
    this.#alarmAt = alarmAt;
  }

  /** Sets the alarm when something is due before it. An alarm that comes too early finds nothing and costs little. */
  schedule(): void {
    const next = this.#next();
    if (next === null || (this.#alarmAt !== null && this.#alarmAt <= next)) return;
    this.#alarmAt = next;
    this.#parts.setAlarm(next);
  }

  /** Does what is due. The alarm may come late, twice, or for nothing. */
  async run(): Promise<void> {
    const { connections, meta, now, queue, retention, storage } = this.#parts;
    this.#alarmAt = null;
    this.#endSockets();
    for (const { d, g, ctr } of storage.transactionSync(() => queue.expire(now()))) {
      for (const device of connections.devicesOf(d)) device.say({ t: "err", code: "E_EXPIRED", ref: [g, ctr] });
    }
    const activeAt = meta.activeAt();
    if (activeAt !== null && activeAt + INACTIVE_MS <= now() && connections.relay() === null) {
      storage.transactionSync(() => retention.keepNewestOnly());
    }
    const retryAt = this.#grants.retryAt();
    if (retryAt !== null && retryAt <= now()) await this.#grants.write();
    this.schedule();
  }

  #endSockets(): void {
    const { connections, now } = this.#parts;
    for (const connection of connections.all()) {
      const deadline = deadlineOf(connection);
      if (deadline !== null && deadline.at <= now()) connections.end(connection, deadline.code);
    }
  }

  #next(): number | null {
    const { connections, meta, now, queue } = this.#parts;
    const inactiveAt = (meta.activeAt() ?? Number.POSITIVE_INFINITY) + INACTIVE_MS;
    const times = [
      ...connections.all().map((connection) => deadlineOf(connection)?.at ?? Number.POSITIVE_INFINITY),
      queue.nextExpiry() ?? Number.POSITIVE_INFINITY,
      this.#grants.retryAt() ?? Number.POSITIVE_INFINITY,
      // Once past, there is nothing left to drop until a relay comes again.
      inactiveAt > now() ? inactiveAt : Number.POSITIVE_INFINITY,
    ];
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : null;
  }
}

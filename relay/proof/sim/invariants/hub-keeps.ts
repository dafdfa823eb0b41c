// R3 A Worker ack implies the record survives hub eviction, deploy and restart. R10 Hub memory per socket is O(1): no queue
// grows with a slow or sleeping client. R15 (the hub's part) the queue of commands is bounded.
import { hubToRelay, parseControl, QUEUE_COMMANDS, type SessionId } from "../../../../schema/index.ts";
import { Violation } from "../violation.ts";
import type { World } from "../world.ts";

/** Protocol section 4: what a socket's attachment may hold. */
const ATTACHMENT_BYTES = 8 * 1024;

export class HubKeeps {
  readonly #world: World;
  readonly #acked = new Map<SessionId, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A message leaves for the relay. */
  tellsRelay(text: string): void {
    if (!text.startsWith('{"t":"ack"')) return;
    const message = parseControl(text, hubToRelay);
    if (message.t !== "ack") return;
    for (const [s, q] of message.list) this.#acked.set(s, Math.max(q, this.#acked.get(s) ?? 0));
    this.requireAcked();
  }

  /** What was acknowledged is there. */
  requireAcked(): void {
    const { sql } = this.#world.hub.storage;
    const rows = sql.exec<{ s: string; head: number }>("SELECT s, head FROM sess").toArray();
    const heads = new Map<string, number>(rows.map(({ s, head }) => [s, head]));
    for (const [s, q] of this.#acked) {
      const head = heads.get(s) ?? 0;
      if (head < q) throw new Violation("R3", `the hub acknowledged ${s} up to ${q} and holds it up to ${head}`);
    }
  }

  /** A recovery to an earlier moment takes its word back: R4 is about what follows. */
  setBack(): void {
    this.#acked.clear();
  }

  afterStep(): void {
    for (const { attachmentBytes } of this.#world.hub.sockets()) {
      if (attachmentBytes <= ATTACHMENT_BYTES) continue;
      throw new Violation("R10", `an attachment of ${attachmentBytes} bytes`);
    }
  }

  atTheEnd(): void {
    this.requireAcked();
    const { sql } = this.#world.hub.storage;
    for (const { n } of sql.exec<{ n: number }>("SELECT count(*) AS n FROM q GROUP BY d")) {
      if (n > QUEUE_COMMANDS) throw new Violation("R15", `${n} commands of one device wait at the hub`);
    }
  }
}

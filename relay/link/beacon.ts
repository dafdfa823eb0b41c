// Proof of life: signed, with each watcher's own nonce, so that a hub cannot keep a dead machine alive (protocol 9).
import {
  BEACON_ECHOES,
  BEACON_HEADS,
  BEACON_DOCS,
  BEACON_MIN_MS,
  BEACON_MS,
  encodePlain,
  MACHINE_SESSION,
  sealFrame,
  type Beacon,
  type BootId,
  type Bytes,
  type DeviceId,
} from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import type { DocumentStore, SessionLog } from "../journal/ports.ts";
import type { Epochs, Identity, Keyrings } from "../trust/ports.ts";

type Watcher = readonly [DeviceId, string];

/** What a beacon tells of. */
export interface BeaconSources {
  readonly identity: Identity;
  readonly epochs: Epochs;
  readonly keyrings: Keyrings;
  readonly log: SessionLog;
  readonly documents: DocumentStore;
  readonly boot: BootId;
  readonly clock: Clock;
  /** The next n: it counts the beacons of a boot, over all its connections, so that none can be played again. */
  readonly nextBeacon: () => number;
  readonly send: (frame: Bytes) => void;
}

/** Emits beacons while somebody watches. `stop` when the connection goes. */
export class BeaconSender {
  readonly #sources: BeaconSources;
  #watchers: readonly Watcher[] = [];
  readonly #echoed = new Set<string>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(sources: BeaconSources) {
    this.#sources = sources;
  }

  /** The hub's list of watchers, whole. A nonce not yet echoed brings a beacon at once (at most one a second). */
  watch(list: readonly Watcher[]): void {
    this.#watchers = list;
    const nonces = new Set(list.map(([, nonce]) => nonce));
    for (const nonce of this.#echoed) if (!nonces.has(nonce)) this.#echoed.delete(nonce);
    if (list.length === 0) return this.pause();
    const isNew = list.some(([, nonce]) => !this.#echoed.has(nonce));
    this.#schedule(isNew ? BEACON_MIN_MS : BEACON_MS);
  }

  isWatched(): boolean {
    return this.#watchers.length > 0;
  }

  /** Nobody watches, or the connection is gone. */
  pause(): void {
    this.#cancel();
    this.#watchers = [];
    this.#echoed.clear();
  }

  #schedule(gapMs: number): void {
    this.#cancel();
    const { clock } = this.#sources;
    const delayMs = Math.max(0, this.#lastAt + gapMs - clock.monotonic());
    this.#cancel = clock.setTimer(() => void this.#emit(), delayMs);
  }

  async #emit(): Promise<void> {
    const { clock, epochs, identity, boot, nextBeacon, send } = this.#sources;
    const echo = this.#watchers.slice(0, BEACON_ECHOES);
    if (echo.length === 0) return;
    this.#lastAt = clock.monotonic();
    for (const [, nonce] of echo) this.#echoed.add(nonce);
    const epoch = epochs.current();
    const header = { m: identity.machine, epoch, boot, n: nextBeacon(), time: clock.now() };
    const key = await epochs.key(epoch, MACHINE_SESSION);
    send(await sealFrame("BEACON", header, key, encodePlain("BEACON", this.#content(echo)), identity.ri));
    this.#schedule(BEACON_MS);
  }

  #content(echo: readonly Watcher[]): Beacon {
    const { log, documents, keyrings } = this.#sources;
    const heads: Beacon["heads"] = [];
    // Whatever this connection has seen of them: a hub that hides what an earlier one brought must be found out too.
    for (const session of log.recent(BEACON_HEADS)) {
      const head = log.head(session);
      if (head !== null) heads.push([session, head.seq, head.h]);
    }
    const docs = documents.newest(BEACON_DOCS).map(([s, d, rev]): Beacon["docs"][number] => [s, d, rev]);
    return { echo: echo.map(([d, nonce]) => [d, nonce]), heads, docs, ring: keyrings.rev() };
  }
}

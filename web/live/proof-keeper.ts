// Nonces out, beacons in: keeps what is proven about one machine, and what is suspicious.
import {
  ALIVE_MS,
  beacon as beaconShape,
  decodePlain,
  isAppError,
  MACHINE_SESSION,
  openFrame,
  randomBytes,
  toB64,
  verifyFrame,
  type Beacon,
  type BootId,
  type DeviceId,
  type Frame,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import {
  alarmDeadline,
  compareArrivals,
  compareBeacon,
  machineAlarm,
  NO_SUSPICION,
  type Holdings,
  type Suspicions,
} from "./alarms.ts";
import type { Clock } from "./clock.ts";
import type { MachineKeys } from "./keyring.ts";
import type { LinkState } from "./link-state.ts";
import {
  ABSENT_MS,
  connectionLost,
  echoed,
  livenessDeadline,
  livenessOf,
  NO_PROOF,
  nonceSent,
  type Proofs,
} from "./liveness.ts";
import type { Alarm, Liveness } from "./model.ts";
import { parsePair } from "./pair-key.ts";

/** A machine that is there answers a command that is sent again well within this. */
const ANSWERS_WITHIN_MS = 10_000;

/** A beacon that echoed a nonce of ours: what it says holds now. */
export interface FreshBeacon {
  readonly beacon: Beacon;
  readonly boot: BootId;
  /** Machine time. */
  readonly time: number;
}

/** One per machine; the rules are in liveness.ts and alarms.ts. */
export class ProofKeeper {
  readonly #clock: Clock;
  readonly #machine: MachineId;
  readonly #device: DeviceId;
  #proofs: Proofs;
  #suspicions: Suspicions = NO_SUSPICION;
  #boot: BootId | null = null;
  /** Newest record of the machine's own log that a beacon told of; 0 before one. */
  #machineSeq = 0;
  /** The newest beacon of each boot: a beacon that is played again proves nothing, whatever nonce it echoes. */
  readonly #newest = new Map<BootId, number>();
  #offsetMs: number | null;
  #lastNonceAt = -Infinity;
  /** Monotonic time since when the hub says that the relay is away. */
  #absentSince: number | null = null;

  constructor(
    clock: Clock,
    machine: MachineId,
    device: DeviceId,
    past: { readonly confirmedAt: number | null; readonly clockOffsetMs: number | null },
  ) {
    this.#clock = clock;
    this.#machine = machine;
    this.#device = device;
    this.#proofs = { ...NO_PROOF, confirmedAt: past.confirmedAt };
    this.#offsetMs = past.clockOffsetMs;
  }

  get suspicions(): Suspicions {
    return this.#suspicions;
  }

  get offsetMs(): number | null {
    return this.#offsetMs;
  }

  /** Monotonic time of the last proof; null before one. */
  get provenAt(): number | null {
    return this.#proofs.provenAt;
  }

  get confirmedAt(): number | null {
    return this.#proofs.confirmedAt;
  }

  /** Machine time now, as far as it is known. */
  machineNow(): number {
    return this.#clock.wall() + (this.#offsetMs ?? 0);
  }

  /** The relay's boot while the machine is live. */
  boot(link: LinkState): BootId | null {
    return this.liveness(link).status === "live" ? this.#boot : null;
  }

  nextNonce(): string {
    const nonce = toB64(randomBytes(16));
    this.#lastNonceAt = this.#clock.monotonic();
    this.#proofs = nonceSent(this.#proofs, nonce, this.#lastNonceAt);
    return nonce;
  }

  /** Monotonic time at which the next nonce is due. */
  get nonceDueAt(): number {
    return this.#lastNonceAt + ALIVE_MS;
  }

  linkChanged(link: LinkState): void {
    if (link.phase.status !== "online") {
      this.#proofs = connectionLost(this.#proofs);
      this.#absentSince = null;
    } else if (link.phase.relay === "on") {
      this.#absentSince = null;
    } else {
      this.#absentSince ??= this.#clock.monotonic();
    }
  }

  /** What a beacon proves; null when it is not our relay's, or echoes nothing of ours (stale or replayed). */
  async receive(frame: Frame<"BEACON">, keys: MachineKeys): Promise<FreshBeacon | null> {
    const { m, epoch, boot, n, time } = frame.header;
    if (m !== this.#machine || n <= (this.#newest.get(boot) ?? -1) || !(await verifyFrame(frame, keys.ri))) return null;
    const key = keys.content(epoch, MACHINE_SESSION);
    const plain = key === null ? null : await openFrame(frame, await key);
    const said = plain === null ? null : readBeacon(plain);
    if (said === null) return null;
    const own = new Set(said.echo.filter(([d]) => d === this.#device).map(([, nonce]) => nonce));
    const proofs = echoed(this.#proofs, own, this.#clock.monotonic(), this.#clock.wall());
    if (proofs === null) return null;
    this.#proofs = proofs;
    this.#newest.set(boot, n);
    this.#boot = boot;
    this.#offsetMs = time - this.#clock.wall();
    return { beacon: said, boot, time };
  }

  /** Compares a fresh beacon with what is held. */
  compare({ beacon }: FreshBeacon, held: Holdings): void {
    this.#suspicions = compareBeacon(this.#suspicions, beacon, held, this.#clock.monotonic());
    this.#machineSeq = beacon.heads.find(([session]) => session === MACHINE_SESSION)?.[1] ?? this.#machineSeq;
  }

  /** The newest seq of the machine's own log, which has no head document; null for every other session. */
  headSeq(session: SessionId): number | null {
    return session === MACHINE_SESSION ? this.#machineSeq : null;
  }

  /** Something arrived: suspicions may end. */
  arrived(held: Pick<Holdings, "log" | "docRev">): void {
    this.#suspicions = compareArrivals(this.#suspicions, held, parsePair, this.#clock.monotonic());
  }

  liveness(link: LinkState): Liveness {
    return livenessOf(this.#proofs, link, { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() });
  }

  /** The worst there is; `forked` is a session in which two histories were met, whatever a beacon says of it. */
  alarm(forked: SessionId | null): Alarm | null {
    if (forked !== null) return { kind: "forked", session: forked };
    const now = this.#clock.monotonic();
    const isAbsent = this.#absentSince !== null && now - this.#absentSince >= ABSENT_MS;
    const since = isAbsent ? this.#clock.wall() - (now - (this.#absentSince ?? now)) : null;
    return machineAlarm(this.#suspicions, since, now);
  }

  /** True once this connection is old enough for the machine to have answered what was sent again on it. */
  hadTimeToAnswer({ phase }: LinkState): boolean {
    return phase.status === "online" && this.#clock.monotonic() - phase.since >= ANSWERS_WITHIN_MS;
  }

  /** Monotonic time at which something may change without an event; null when nothing will. */
  deadline(link: LinkState): number | null {
    const now = this.#clock.monotonic();
    const absent = this.#absentSince === null ? null : this.#absentSince + ABSENT_MS;
    const answered = link.phase.status === "online" ? link.phase.since + ANSWERS_WITHIN_MS : null;
    const times = [livenessDeadline(this.#proofs, link, now), alarmDeadline(this.#suspicions, now), absent, answered];
    const coming = times.filter((time) => time !== null && time > now);
    return coming.length === 0 ? null : Math.min(...coming.map((time) => time ?? Infinity));
  }
}

function readBeacon(plain: Uint8Array): Beacon | null {
  try {
    return decodePlain("BEACON", plain, beaconShape);
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

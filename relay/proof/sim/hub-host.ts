// The platform around the hub's rules: one Durable Object that sleeps, is evicted, crashes and is set back, with an output
// gate and an alarm. The rules are the production ones.
import { HUB_BYTES, isAppError, type Bytes, type DocId, type MachineId } from "../../../schema/index.ts";
import { HubRules } from "../../../worker/hub/hub.ts";
import type { PairAnswer } from "../../../worker/hub/pairing.ts";
import type { Opening } from "../../../worker/hub/socket-state.ts";
import { SimHubSocket } from "./hub-socket.ts";
import { HubSql } from "./hub-sql.ts";
import { Host, Life } from "./host.ts";
import type { Wire } from "./network.ts";
import type { Random } from "./random.ts";
import type { Registry } from "./registry.ts";
import type { Schedule } from "./schedule.ts";
import { restoreSnapshot, takeSnapshot, type Snapshot } from "./table-snapshot.ts";

/** RFC 6455: the server met a condition it did not expect. */
const DEFECT = 1011;
/** A storage write is kept after so long. */
const FLUSH_MS = [1, 15] as const;

/** What a hub reports besides doing its work. */
export interface HubWitness {
  /** A message leaves for a relay, all that was written before it being kept. */
  readonly toRelay: (message: string | Bytes) => void;
  readonly toDevice: (socket: SimHubSocket, message: string | Bytes) => void;
  /** Its memory is new. */
  readonly restarted: () => void;
  readonly defect: (error: unknown) => void;
}

interface Parts {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly registry: Registry;
  readonly headDoc: DocId;
  readonly machine: MachineId;
  readonly witness: HubWitness;
}

/** How late and how often the alarm comes. */
export interface AlarmHabits {
  lateMs: number;
  twice: number;
}

export class HubHost {
  readonly storage = new HubSql();
  readonly host: Host;
  readonly alarms: AlarmHabits = { lateMs: 0, twice: 0 };
  /** What it may keep; little in some runs, so that records are evicted. */
  budgetBytes = HUB_BYTES;
  readonly #parts: Parts;
  readonly #sockets = new Map<SimHubSocket, "relay" | "device">();
  #rules: HubRules | null = null;
  #life = new Life();
  #leaving: (() => void)[] = [];
  #isFlushing = false;
  #isTouched = false;
  #alarmAt: number | null = null;
  #keptAlarmAt: number | null = null;
  #cancelAlarm: () => void = () => undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.host = new Host("hub", parts.schedule);
  }

  /** Every socket that is attached, for R10. */
  sockets(): Iterable<SimHubSocket> {
    return this.#sockets.keys();
  }

  /** An upgrade that the front door let through; throws E_GRANT or E_RATE when the hub does not. */
  connect(wire: Wire, opening: Opening): void {
    const rules = this.#wake();
    rules.requireRoom(opening);
    const { witness, schedule } = this.#parts;
    const socket = new SimHubSocket(wire, (leave) => this.#leaving.push(leave));
    const role = opening.role;
    const send = socket.send.bind(socket);
    socket.send = (message) => {
      this.#leaving.push(() => (role === "relay" ? witness.toRelay(message) : witness.toDevice(socket, message)));
      send(message);
    };
    this.#sockets.set(socket, role);
    wire.accepted({
      message: (data) => this.#message(socket, data),
      pinged: () => (socket.pingedAt = schedule.now),
      closed: () => this.#closed(socket),
    });
    this.#isTouched = true;
    rules.accept(socket, opening);
  }

  pair(frame: Bytes, address: string): Promise<PairAnswer> {
    this.#isTouched = true;
    return this.#wake().pair(frame, address);
  }

  /** After every step: what was said leaves at once when nothing was written, else when that is kept. */
  settle(): void {
    if (!this.#isTouched) return;
    this.#isTouched = false;
    if (this.#isFlushing) return;
    if (!this.storage.isDirty() && this.#alarmAt === this.#keptAlarmAt) return this.#leave();
    this.#isFlushing = true;
    const [low, high] = FLUSH_MS;
    this.host.after(this.#life, this.#parts.random.between(low, high), "flush", () => this.flush());
  }

  /** Everything written so far is kept, and what waited for that leaves. */
  flush(): void {
    this.#isFlushing = false;
    this.storage.flush();
    this.#keptAlarmAt = this.#alarmAt;
    this.#leave();
  }

  /** Its memory is gone; sockets, attachments and all that was written stay. */
  hibernate(): void {
    this.flush();
    this.#forget();
  }

  /** Its process is gone: sockets too, and what was not kept. */
  crash(): void {
    this.#leaving = [];
    this.#isFlushing = false;
    this.storage.lose();
    this.#alarmAt = this.#keptAlarmAt;
    this.#forget();
    for (const socket of this.#sockets.keys()) socket.wire.hubGone();
    this.#sockets.clear();
    this.#armAlarm();
  }

  /** A new version: everything is kept, every socket is closed. */
  deploy(): void {
    this.flush();
    this.crash();
  }

  snapshot(): Snapshot {
    return takeSnapshot(this.storage.sqlite);
  }

  /** Point-in-time recovery. */
  setBack(snapshot: Snapshot): void {
    this.deploy();
    restoreSnapshot(this.storage.sqlite, snapshot);
    this.storage.flush();
  }

  #wake(): HubRules {
    this.#rules ??= this.#restored();
    return this.#rules;
  }

  #restored(): HubRules {
    const { registry, headDoc, schedule } = this.#parts;
    const life = new Life();
    this.#life = life;
    this.#isTouched = true;
    return new HubRules(
      {
        now: () => this.host.wall(),
        storage: this.storage,
        replaceGrants: (_m, rev, list) => {
          return registry.replaceGrants(life, rev, list).finally(() => (this.#isTouched = true));
        },
        later: (delayMs, run) =>
          void this.host.after(life, delayMs, "later", () => {
            this.#isTouched = true;
            run();
          }),
        setAlarm: (at) => this.#setAlarm(at),
        budgetBytes: this.budgetBytes,
        log: () => undefined,
      },
      {
        sockets: this.#sockets.keys(),
        alarmAt: this.#alarmAt,
        headDoc,
        lastPing: (socket) => {
          const at = socket instanceof SimHubSocket ? socket.pingedAt : null;
          return at === null ? null : this.host.wall() - (schedule.now - at);
        },
      },
    );
  }

  #forget(): void {
    this.#life.end();
    this.#rules = null;
    this.#parts.witness.restarted();
  }

  #message(socket: SimHubSocket, data: string | Bytes): void {
    this.#isTouched = true;
    const rules = this.#wake();
    const work = typeof data === "string" ? rules.text(socket, data) : rules.binary(socket, data);
    const life = this.#life;
    work.catch((error: unknown) => {
      if (life.isOver) return;
      this.#parts.witness.defect(error);
      socket.close(DEFECT, "");
    });
  }

  #closed(socket: SimHubSocket): void {
    if (!this.#sockets.has(socket)) return;
    this.#isTouched = true;
    socket.lost();
    this.#wake().closed(socket);
    this.#sockets.delete(socket);
  }

  #leave(): void {
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const leave of leaving) leave();
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.#armAlarm();
  }

  #armAlarm(): void {
    this.#cancelAlarm();
    if (this.#alarmAt === null) return;
    const { random, schedule } = this.#parts;
    const delayMs = Math.max(0, this.#alarmAt - this.host.wall()) + random.next() * this.alarms.lateMs;
    this.#cancelAlarm = schedule.after(delayMs, "hub:alarm", () => this.#ring());
  }

  #ring(): void {
    this.#alarmAt = null;
    this.#isTouched = true;
    this.#wake()
      .alarm()
      .catch((error: unknown) => {
        if (!isAppError(error)) this.#parts.witness.defect(error);
      });
    if (this.#parts.random.chance(this.alarms.twice)) {
      this.#parts.schedule.after(1, "hub:alarm", () => void this.#wake().alarm());
    }
  }
}

// Wires between clients and the hub: ordered, slow, and now and then cut, stalled or dead without a word. What a client
// sent before it let go of a wire may still arrive, behind what it sends on the next one.
import { PING, PONG, type Bytes } from "../../../schema/index.ts";
import type { Host, Life } from "./host.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** What the client's end of a wire is told; after `closed`, or its own close, nothing. */
export interface ClientEvents {
  readonly opened: () => void;
  readonly text: (text: string) => void;
  readonly binary: (bytes: Bytes) => void;
  readonly closed: (code: number) => void;
}

/** What the hub's end of a wire tells the hub. */
export interface HubEvents {
  readonly message: (data: string | Bytes) => void;
  readonly pinged: () => void;
  /** The client is gone, said or noticed. */
  readonly closed: () => void;
}

/** How bad the network is now. Probabilities are per message. */
export interface Weather {
  latencyMs: [low: number, high: number];
  /** The wire dies: this message is lost, and both ends hear of it soon. */
  cut: number;
  /** The wire dies without a word: each end finds out by itself. */
  silence: number;
  /** This message, and what follows it, waits for up to two minutes. */
  stall: number;
}

/** A network without faults. */
export const CALM: Weather = { latencyMs: [1, 40], cut: 0, silence: 0, stall: 0 };

const ABNORMAL = 1006;
const STALL_MS = 120_000;
/** Until a platform notices by itself that a peer is gone. */
const NOTICE_MS = [30_000, 1_200_000] as const;

type Item =
  | { readonly does: "message"; readonly data: string | Bytes }
  | { readonly does: "close"; readonly code: number };

export class Network {
  readonly schedule: Schedule;
  readonly random: Random;
  /** What it is like between storms. */
  climate: Weather = CALM;
  messages = 0;
  #storm: Weather | null = null;
  readonly #wires = new Set<Wire>();

  constructor(schedule: Schedule, random: Random) {
    this.schedule = schedule;
    this.random = random;
  }

  get weather(): Weather {
    return this.#storm ?? this.climate;
  }

  /** Until the given moment passes, or `calm`. */
  storm(weather: Weather, ms: number): void {
    this.#storm = weather;
    this.schedule.after(ms, "storm is over", () => (this.#storm = null));
  }

  /** No storm, no faults. */
  calm(): void {
    this.#storm = null;
    this.climate = CALM;
  }

  wire(host: Host, life: Life, events: ClientEvents): Wire {
    const wire = new Wire(this, host, life, events);
    this.#wires.add(wire);
    life.onEnd(() => wire.clientGone());
    return wire;
  }

  forget(wire: Wire): void {
    this.#wires.delete(wire);
  }

  latencyMs(): number {
    const [low, high] = this.weather.latencyMs;
    return this.random.skewed(low, high);
  }

  /** Ends every wire of a host, or of all: said, or in silence. */
  breakWires(host: Host | null, how: "cut" | "silence"): void {
    for (const wire of [...this.#wires]) if (host === null || wire.host === host) wire.break(how);
  }
}

/** One direction of a wire. */
class Lane {
  readonly #network: Network;
  readonly #label: string;
  readonly #arrive: (item: Item) => void;
  #lastAt = 0;
  isDead = false;

  constructor(network: Network, label: string, arrive: (item: Item) => void) {
    this.#network = network;
    this.#label = label;
    this.#arrive = arrive;
  }

  send(item: Item, extraMs = 0): void {
    if (this.isDead) return;
    const { schedule } = this.#network;
    this.#lastAt = Math.max(this.#lastAt, schedule.now + this.#network.latencyMs() + extraMs);
    schedule.at(this.#lastAt, this.#label, () => {
      if (!this.isDead) this.#arrive(item);
    });
  }
}

export class Wire {
  readonly host: Host;
  readonly #network: Network;
  readonly #life: Life;
  readonly #events: ClientEvents;
  readonly #up: Lane;
  readonly #down: Lane;
  #hub: HubEvents | null = null;
  #isClientOver = false;
  #isHubOver = false;
  /** Binary bytes under way to the client, for R10. */
  downBytes = 0;

  constructor(network: Network, host: Host, life: Life, events: ClientEvents) {
    this.#network = network;
    this.host = host;
    this.#life = life;
    this.#events = events;
    this.#up = new Lane(network, `${host.name}>hub`, (item) => this.#arriveUp(item));
    this.#down = new Lane(network, `hub>${host.name}`, (item) => this.#arriveDown(item));
  }

  /** The hub has taken the connection. */
  accepted(hub: HubEvents): void {
    this.#hub = hub;
    this.#inClient("opened", () => this.#events.opened());
  }

  /** It never came to be. */
  refused(): void {
    this.#isHubOver = true;
    this.#down.send({ does: "close", code: ABNORMAL });
  }

  clientSend(data: string | Bytes): void {
    if (this.#isClientOver || this.#isHubOver) return;
    if (this.#suffers()) return;
    this.#up.send({ does: "message", data: copyOf(data) }, this.#stallMs());
  }

  /** Orphans the client's end at once; the hub hears of it behind what is under way. */
  clientClose(): void {
    if (this.#isClientOver) return;
    this.#isClientOver = true;
    this.#sayGone();
  }

  /** The client's process died; its system says so for it. */
  clientGone(): void {
    this.clientClose();
  }

  hubSend(data: string | Bytes): void {
    if (this.#isHubOver) return;
    if (this.#suffers()) return;
    this.#down.send({ does: "message", data: copyOf(data) }, this.#stallMs());
  }

  hubClose(code: number): void {
    if (this.#isHubOver) return;
    this.#isHubOver = true;
    this.#down.send({ does: "close", code });
    // The closing handshake's other half; late, as everything.
    this.#network.schedule.after(this.#network.latencyMs() * 2, "hub:closed", () => this.#tellHubClosed());
  }

  /** The hub's process is gone: nothing of it is told any more. */
  hubGone(): void {
    this.#hub = null;
    if (this.#isHubOver) return;
    this.#isHubOver = true;
    this.#down.send({ does: "close", code: ABNORMAL });
  }

  break(how: "cut" | "silence"): void {
    this.#up.isDead = true;
    this.#down.isDead = true;
    const { schedule, random } = this.#network;
    const [low, high] = NOTICE_MS;
    schedule.after(how === "cut" ? random.between(1, 2000) : random.between(low, high), "hub:noticed", () => {
      this.#isHubOver = true;
      this.#tellHubClosed();
    });
    if (how === "cut") this.#inClient("cut", () => this.#closeClient(ABNORMAL));
  }

  #sayGone(): void {
    this.#up.send({ does: "close", code: ABNORMAL });
    if (this.#up.isDead || this.#hub === null) this.#network.forget(this);
  }

  #tellHubClosed(): void {
    this.#network.forget(this);
    const hub = this.#hub;
    this.#hub = null;
    hub?.closed();
  }

  /** True when this message is the one that never arrives. */
  #suffers(): boolean {
    const { weather, random } = this.#network;
    if (!this.host.isOnline) this.break("silence");
    else if (random.chance(weather.cut)) this.break("cut");
    else if (random.chance(weather.silence)) this.break("silence");
    else return false;
    return true;
  }

  #stallMs(): number {
    const { weather, random } = this.#network;
    return random.chance(weather.stall) ? random.between(0, STALL_MS) : 0;
  }

  #arriveUp(item: Item): void {
    this.#network.messages++;
    if (!this.host.isOnline && item.does === "message") return this.break("silence");
    if (item.does === "close") {
      this.#isHubOver = true;
      return this.#tellHubClosed();
    }
    if (item.data !== PING) return this.#hub?.message(item.data);
    this.#hub?.pinged();
    // The platform answers by itself.
    this.hubSend(PONG);
  }

  #arriveDown(item: Item): void {
    this.#network.messages++;
    if (!this.host.isOnline) return this.break("silence");
    if (item.does === "close") return this.#inClient("closed", () => this.#closeClient(item.code));
    const { data } = item;
    if (typeof data === "string") return this.#inClient("text", () => this.#events.text(data));
    this.#inClient("binary", () => this.#events.binary(data));
  }

  #closeClient(code: number): void {
    if (this.#isClientOver) return;
    this.#isClientOver = true;
    this.#sayGone();
    this.#events.closed(code);
  }

  /** At the client: in this moment when it is awake, else when it wakes. */
  #inClient(label: string, run: () => void): void {
    this.host.soon(this.#life, label, () => {
      if (!this.#isClientOver) run();
    });
  }
}

/** What leaves a computer is a copy: later changes to the buffer are not sent. */
function copyOf(data: string | Bytes): string | Bytes {
  return typeof data === "string" ? data : data.slice();
}

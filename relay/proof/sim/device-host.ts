// One person's device: a browser profile whose storage outlives its tabs, and tabs that each run the live core.
import { type Bytes, type DeviceId, type MachineId, type SessionId } from "../../../schema/index.ts";
import { coreCalls, type CoreCalls } from "../../../web/live/core-commands.ts";
import { LiveCore } from "../../../web/live/core.ts";
import type { LiveStore } from "../../../web/live/live-store.ts";
import { MemoryStore } from "../../../web/live/memory-store.ts";
import type { PairingView, TimelineView } from "../../../web/live/model.ts";
import type { Dial, Platform, TabNote } from "../../../web/live/ports.ts";
import { patchTimeline } from "../../../web/live/timeline/patch.ts";
import { ORIGIN, type FrontDoor } from "./front-door.ts";
import { Host, Life } from "./host.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** What a device does that others look at. */
export interface DeviceWitness {
  readonly sends: (data: string | Bytes) => void;
  readonly shows: (device: DeviceHost, view: TimelineView) => void;
  readonly stored: (device: DeviceHost, life: Life, method: string, result: unknown) => void;
}

interface Parts {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly network: Network;
  readonly door: () => FrontDoor;
  readonly witness: DeviceWitness;
}

/** One life of a page. */
export interface Tab {
  readonly life: Life;
  readonly core: LiveCore;
  readonly calls: CoreCalls;
  readonly views: Map<SessionId, TimelineView>;
  pairing: PairingView;
}

export class DeviceHost {
  readonly host: Host;
  readonly parts: Parts;
  store = new MemoryStore();
  d: DeviceId | null = null;
  readonly #tabs: Tab[] = [];
  readonly #listeners = new Map<Life, (note: TabNote) => void>();

  constructor(name: string, parts: Parts) {
    this.parts = parts;
    this.host = new Host(name, parts.schedule);
  }

  get name(): string {
    return this.host.name;
  }

  /** Open ones, oldest first. */
  get tabs(): readonly Tab[] {
    return this.#tabs;
  }

  async openTab(): Promise<Tab> {
    const life = new Life();
    const views = new Map<SessionId, TimelineView>();
    const core = new LiveCore(this.#platform(life), {
      app: () => undefined,
      pairing: (view) => (tab.pairing = view),
      timeline: (machine, session, patch) => {
        const view = patchTimeline(views.get(session) ?? emptyView(machine, session), patch);
        views.set(session, view);
        this.parts.witness.shows(this, view);
      },
      wantsPersistence: () => undefined,
    });
    const tab: Tab = { life, core, calls: coreCalls(core), views, pairing: { step: "idle" } };
    this.#tabs.push(tab);
    life.onEnd(() => {
      this.#tabs.splice(this.#tabs.indexOf(tab), 1);
      this.#listeners.delete(life);
    });
    await core.start();
    await this.knowItself();
    return tab;
  }

  /** Killed by the system: nothing of it is tidied up. */
  killTab(tab: Tab): void {
    tab.life.end();
  }

  /** The browser forgot everything; every tab with it. */
  wipe(): void {
    for (const tab of [...this.#tabs]) this.killTab(tab);
    this.store = new MemoryStore();
    this.d = null;
  }

  /** Its identity is made with the first pairing. */
  async knowItself(): Promise<void> {
    this.d = (await this.store.identity())?.d ?? null;
  }

  #platform(life: Life): Platform {
    const { random, door } = this.parts;
    return {
      origin: ORIGIN,
      appBuild: "simulated",
      dial: this.#dial(life),
      post: (path, _type, body) => door().post(this.host, life, this.d, path, body),
      clock: this.host.deviceClock(life),
      random: () => random.next(),
      store: this.#storeOf(life),
      tabs: {
        tell: (note) => this.#tell(life, note),
        listen: (listener) => {
          this.#listeners.set(life, listener);
          return () => this.#listeners.delete(life);
        },
      },
    };
  }

  #tell(from: Life, note: TabNote): void {
    for (const [life, listener] of this.#listeners) {
      if (life !== from) this.host.after(life, 1, "tab note", () => listener(note));
    }
  }

  #dial(life: Life): Dial {
    const { network, door, witness } = this.parts;
    return (_url, protocols, events) => {
      const wire = network.wire(this.host, life, events);
      if (this.d === null) wire.refused();
      else door().dialDevice(wire, this.d, protocols);
      return {
        send: (data) => {
          if (life.isOver) return;
          witness.sends(data);
          wire.clientSend(data);
        },
        close: () => wire.clientClose(),
      };
    };
  }

  /** The profile's storage as one tab has it: what a dead one asks is never answered, nor done. */
  #storeOf(life: Life): LiveStore {
    const { witness } = this.parts;
    const store = this.store;
    return new Proxy<LiveStore>(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]): Promise<unknown> => {
          if (life.isOver) return new Promise(() => undefined);
          const result: unknown = await Reflect.apply(member, target, args);
          witness.stored(this, life, String(name), result);
          return life.isOver ? new Promise(() => undefined) : result;
        };
      },
    });
  }
}

function emptyView(machine: MachineId, session: SessionId): TimelineView {
  return { machine, session, status: "loading", entries: [], more: false, loadingOlder: false, alarm: null };
}

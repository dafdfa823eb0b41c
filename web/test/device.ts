// A whole device in Node: the same core as the live thread, without a browser. For tests, the security suite and bench.
import WebSocket from "ws";
import { randomBytes, type Bytes, type MachineId, type SessionId } from "../../schema/index.ts";
import { systemClock, type Clock } from "../live/clock.ts";
import { coreCalls, type CoreCalls } from "../live/core-commands.ts";
import { LiveCore } from "../live/core.ts";
import { patchTimeline } from "../live/timeline/patch.ts";
import type { LiveStore } from "../live/live-store.ts";
import { MemoryStore } from "../live/memory-store.ts";
import type { AppView, PairingView, TimelineEntry, TimelineView } from "../live/model.ts";
import type { Dial, Platform, Post, Tabs } from "../live/ports.ts";
import { dialWith } from "../live/socket.ts";

/** What a test may replace; the rest is real: fetch, ws, the system's clock, a store in memory. */
export interface DeviceParts {
  readonly origin: string;
  readonly post?: Post;
  readonly dial?: Dial;
  readonly store?: LiveStore;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly tabs?: Tabs;
}

const SINGLE_TAB: Tabs = { tell: () => undefined, listen: () => () => undefined };
const WAIT_MS = 20_000;

/** Started; `stop` it. Two devices over one store are two tabs of one browser. */
export async function createDevice(parts: DeviceParts): Promise<Device> {
  const device = new Device(parts);
  await device.core.start();
  return device;
}

export class Device {
  readonly core: LiveCore;
  readonly calls: CoreCalls;
  readonly store: LiveStore;
  pairing: PairingView = { step: "idle" };
  #app: AppView | null = null;
  readonly #timelines = new Map<SessionId, TimelineView>();
  readonly #waiters = new Set<() => void>();

  constructor(parts: DeviceParts) {
    this.store = parts.store ?? new MemoryStore();
    const platform: Platform = {
      origin: parts.origin,
      appBuild: "test",
      dial: parts.dial ?? nodeDial(parts.origin),
      post: parts.post ?? nodePost(parts.origin),
      clock: parts.clock ?? systemClock(),
      random: parts.random ?? uniform,
      store: this.store,
      tabs: parts.tabs ?? SINGLE_TAB,
    };
    this.core = new LiveCore(platform, {
      app: (view) => this.#news(() => (this.#app = view)),
      pairing: (view) => this.#news(() => (this.pairing = view)),
      timeline: (machine, session, patch) =>
        this.#news(() => this.#timelines.set(session, patchTimeline(this.timeline(machine, session), patch))),
      wantsPersistence: () => undefined,
    });
    this.calls = coreCalls(this.core);
  }

  #news(apply: () => void): void {
    apply();
    for (const look of [...this.#waiters]) look();
  }

  view(): AppView {
    return this.#app ?? this.core.view();
  }

  /** The one machine of this device (TypeError with none). */
  get machine(): MachineId {
    const [first] = this.core.view().machines;
    if (first === undefined) throw new TypeError("not paired");
    return first.machine;
  }

  timeline(machine: MachineId, session: SessionId): TimelineView {
    const empty: TimelineView = {
      machine,
      session,
      status: "loading",
      entries: [],
      more: false,
      loadingOlder: false,
      alarm: null,
    };
    return this.#timelines.get(session) ?? empty;
  }

  /** What a conversation shows; `watch` it first. */
  entries(session: SessionId): readonly TimelineEntry[] {
    return this.#timelines.get(session)?.entries ?? [];
  }

  watch(session: SessionId): Promise<void> {
    return this.core.watch(this.machine, session);
  }

  /** Pairs over a link and waits for the end; rejects with the code when it failed. */
  async pair(link: string, name = "Test phone"): Promise<MachineId> {
    void this.core.pairing.start(link, name);
    await this.waitFor(() => this.pairing.step === "paired" || this.pairing.step === "failed");
    if (this.pairing.step !== "paired") throw new Error(this.pairing.step === "failed" ? this.pairing.code : "?");
    return this.pairing.machine;
  }

  prompt(session: SessionId, text: string): ReturnType<CoreCalls["prompt"]> {
    return this.calls.prompt(this.machine, session, text);
  }

  /** Resolves as soon as it holds; looked at after every change. Rejects after `withinMs`, saying what it saw. */
  waitFor<T>(look: () => T | null | undefined | false, withinMs = WAIT_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(again);
        reject(new Error(`waited ${withinMs} ms for ${look.toString()}; app: ${JSON.stringify(this.view())}`));
      }, withinMs);
      const again = (): void => {
        const found = look();
        if (found === null || found === undefined || found === false) return;
        clearTimeout(timer);
        this.#waiters.delete(again);
        resolve(found);
      };
      this.#waiters.add(again);
      again();
    });
  }

  stop(): void {
    this.core.stop();
  }
}

/** Sockets with the Origin a browser would send. */
function nodeDial(origin: string): Dial {
  return dialWith((url, protocols) => new WebSocket(url, protocols, { origin, perMessageDeflate: false }));
}

/** Posts as the browser makes them, from this origin. */
/** See live/thread.ts. */
const POST_WITHIN_MS = 40_000;

function nodePost(origin: string): Post {
  return async (path, contentType, body) => {
    const answer = await fetch(origin + path, {
      method: "POST",
      headers: { "Content-Type": contentType, Origin: origin },
      body,
      // As the app's own: what nobody answers ends.
      signal: AbortSignal.timeout(POST_WITHIN_MS),
    });
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  };
}

function uniform(): number {
  const bytes: Bytes = randomBytes(4);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}

// The live core of one device: every paired machine, pairing, and the views. Runs in a worker thread or in Node.
import type { MachineId, SessionId } from "../../schema/index.ts";
import { appView } from "./app-view.ts";
import { TokenSource } from "./auth.ts";
import type { TimelinePatch } from "./timeline/patch.ts";
import { ensureIdentity } from "./identity.ts";
import type { IdentityRow, MachineRow } from "./live-store.ts";
import { Machine } from "./machine.ts";
import type { AppView, PairingView } from "./model.ts";
import { Pairing } from "./pairing.ts";
import type { PageFacts, Platform, TabNote } from "./ports.ts";

/** At most one view per screen refresh; the first one after a pause goes at once. */
const TELL_EVERY_MS = 16;
/** Decrypted records kept on this device (protocol section 13). */
const CACHE_BYTES = 200 * 1024 * 1024;

export interface CoreListener {
  readonly app: (view: AppView) => void;
  readonly pairing: (view: PairingView) => void;
  readonly timeline: (machine: MachineId, session: SessionId, patch: TimelinePatch) => void;
  /** The browser should be asked to keep our storage. */
  readonly wantsPersistence: () => void;
}

/** Start it once, stop it when its thread or test ends. Everything a person sees comes through the listener. */
export class LiveCore {
  readonly #platform: Platform;
  readonly #listener: CoreListener;
  readonly #pairing: Pairing;
  readonly #machines = new Map<MachineId, Machine>();
  readonly #watched = new Map<string, { readonly machine: MachineId; readonly session: SessionId }>();
  readonly #dirty = new Set<string>();
  #isAppDirty = false;
  #lastTold = -Infinity;
  #cancelTell: (() => void) | null = null;
  #page: PageFacts = { visible: true, online: true };
  #identity: IdentityRow | null = null;
  #isReady = false;
  #isStopped = false;
  #trouble: AppView["trouble"] = null;
  #stopListening: (() => void) | null = null;

  constructor(platform: Platform, listener: CoreListener) {
    this.#platform = platform;
    this.#listener = listener;
    this.#pairing = new Pairing({
      platform,
      show: (view) => {
        if (!this.#isStopped) listener.pairing(view);
      },
      paired: (row) => this.#paired(row),
    });
  }

  /** Reads what is stored, connects every machine, goes on with an interrupted pairing. */
  async start(): Promise<void> {
    const { store, tabs } = this.#platform;
    if (!store.isDurable) this.storageTrouble("storage-refused");
    // Before anything is read: what another tab tells meanwhile is looked at once all is there.
    const early: TabNote[] = [];
    this.#stopListening = tabs.listen((note) => (this.#isReady ? this.#heard(note) : early.push(note)));
    try {
      for (const row of await store.machines()) await this.#openQuietly(row);
    } catch (error) {
      this.#storageFailed(error);
    }
    this.#isReady = true;
    this.#changed();
    for (const note of early) this.#heard(note);
    const failed = (error: unknown): void => this.#storageFailed(error);
    // Not waited for: a person may have to type digits meanwhile, and everything else goes on.
    this.#pairing.resume().catch(failed);
    store.evictRecords(CACHE_BYTES).catch(failed);
  }

  /** One machine that cannot be opened keeps no other from being there. */
  async #openQuietly(row: MachineRow): Promise<void> {
    try {
      await this.#open(row);
    } catch (error) {
      this.#storageFailed(error);
    }
  }

  #heard(note: TabNote): void {
    const failed = (error: unknown): void => this.#storageFailed(error);
    if (note.note === "outbox") this.#machines.get(note.machine)?.outbox.follow().catch(failed);
    else if (note.note === "keys") this.#machines.get(note.machine)?.keysChanged().catch(failed);
    else if (note.note === "machines") this.#reload().catch(failed);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopListening?.();
    this.#cancelTell?.();
    for (const machine of this.#machines.values()) machine.stop();
  }

  get pairing(): Pairing {
    return this.#pairing;
  }

  get platform(): Platform {
    return this.#platform;
  }

  machine(id: MachineId): Machine | null {
    return this.#machines.get(id) ?? null;
  }

  /** What the page sees changed. */
  page(facts: PageFacts): void {
    this.#page = facts;
    for (const machine of this.#machines.values()) machine.page(facts);
    this.#changed();
  }

  reconnect(): void {
    for (const machine of this.#machines.values()) machine.ask();
  }

  view(): AppView {
    const machines = [...this.#machines.values()].map((machine) => ({
      facts: machine.facts(),
      waitOf: machine.waitOf.bind(machine),
    }));
    return appView({ ready: this.#isReady, online: this.#page.online, trouble: this.#trouble, machines });
  }

  /** Opens a conversation; its patches follow until `unwatch`. */
  async watch(machine: MachineId, session: SessionId): Promise<void> {
    this.#watched.set(`${machine}/${session}`, { machine, session });
    const found = this.#machines.get(machine);
    if (found === undefined) return;
    found.conversations.get(session)?.untell();
    await found.watch(session);
    this.#timelineChanged(machine, session);
  }

  unwatch(machine: MachineId, session: SessionId): void {
    this.#watched.delete(`${machine}/${session}`);
    this.#machines.get(machine)?.unwatch(session);
  }

  async loadOlder(machine: MachineId, session: SessionId): Promise<void> {
    await this.#machines.get(machine)?.conversations.older(session);
  }

  async forget(machine: MachineId): Promise<void> {
    this.#machines.get(machine)?.stop();
    this.#machines.delete(machine);
    await this.#platform.store.forgetMachine(machine);
    this.#platform.tabs.tell({ note: "machines" });
    this.#changed();
  }

  /** Tells the person what is wrong with this browser's storage. */
  storageTrouble(code: keyof typeof TROUBLES): void {
    this.#trouble = TROUBLES[code];
    this.#changed();
  }

  async #open(row: MachineRow): Promise<Machine> {
    const { store } = this.#platform;
    this.#identity ??= await ensureIdentity(store);
    const machine = await Machine.open(row, {
      platform: this.#platform,
      identity: this.#identity,
      tokens: new TokenSource(this.#platform, this.#identity, row.m),
      host: {
        changed: () => this.#changed(),
        timelineChanged: (session) => this.#timelineChanged(row.m, session),
        storageFailed: (error) => this.#storageFailed(error),
        keysChanged: () => this.#platform.tabs.tell({ note: "keys", machine: row.m }),
        outboxChanged: () => this.#platform.tabs.tell({ note: "outbox", machine: row.m }),
      },
    });
    this.#machines.get(row.m)?.stop();
    this.#machines.set(row.m, machine);
    machine.start(this.#page);
    for (const watched of this.#watched.values()) {
      if (watched.machine === row.m) await machine.watch(watched.session);
    }
    return machine;
  }

  async #paired(row: MachineRow): Promise<void> {
    const machine = await this.#open(row);
    machine.greet();
    this.#platform.tabs.tell({ note: "machines" });
    this.#listener.wantsPersistence();
    this.#changed();
  }

  /** Another tab paired or forgot a machine. */
  async #reload(): Promise<void> {
    const rows = await this.#platform.store.machines();
    for (const row of rows) {
      if (this.#machines.get(row.m)?.row.pairedAt !== row.pairedAt) await this.#open(row);
    }
    for (const [m, machine] of this.#machines) {
      if (rows.some((row) => row.m === m)) continue;
      machine.stop();
      this.#machines.delete(m);
    }
    this.#changed();
  }

  #storageFailed(error: unknown): void {
    this.storageTrouble("storage-failed");
    // A defect of ours must not hide behind the browser's storage.
    if (!(error instanceof TypeError || error instanceof ReferenceError)) return;
    this.#platform.clock.after(0, () => {
      throw error;
    });
  }

  #changed(): void {
    this.#isAppDirty = true;
    this.#scheduleTell();
  }

  #timelineChanged(machine: MachineId, session: SessionId): void {
    this.#dirty.add(`${machine}/${session}`);
    this.#scheduleTell();
  }

  #scheduleTell(): void {
    if (this.#cancelTell !== null || this.#isStopped) return;
    const { clock } = this.#platform;
    const waitMs = this.#lastTold + TELL_EVERY_MS - clock.monotonic();
    if (waitMs > 0) {
      this.#cancelTell = clock.after(waitMs, () => this.#tell());
      return;
    }
    // No timer: one of no delay still takes a millisecond, nested ones in browsers four.
    this.#cancelTell = () => undefined;
    queueMicrotask(() => {
      if (!this.#isStopped) this.#tell();
    });
  }

  #tell(): void {
    this.#cancelTell = null;
    this.#lastTold = this.#platform.clock.monotonic();
    for (const name of [...this.#dirty]) {
      this.#dirty.delete(name);
      const watched = this.#watched.get(name);
      const patch = watched === undefined ? null : this.#machines.get(watched.machine)?.patch(watched.session);
      if (watched !== undefined && patch != null) this.#listener.timeline(watched.machine, watched.session, patch);
    }
    if (!this.#isAppDirty) return;
    this.#isAppDirty = false;
    this.#listener.app(this.view());
  }
}

const TROUBLES = {
  "storage-refused": {
    code: "storage-refused",
    text: "This browser does not let Kelpie keep anything.",
    next: "Leave private browsing or allow this site to store data; until then every reload needs a new pairing.",
  },
  "storage-failed": {
    code: "storage-failed",
    text: "This browser could not store what arrived.",
    next: "Free some space on this device, then reload.",
  },
} as const satisfies Record<string, NonNullable<AppView["trouble"]>>;

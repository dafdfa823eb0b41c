// The page's side of everything live: spawns the thread, keeps what it tells as stores, passes on what only a page sees.
import type { MachineId, SessionId } from "../../schema/index.ts";
// oxlint-disable-next-line import/default -- the bundler makes this module: the address of the built thread
import threadAddress from "./thread.ts?worker&url";
import { patchTimeline, type TimelinePatch } from "./timeline/patch.ts";
import { emptyApp } from "./empty-app.ts";
import { keepIdentities } from "./keep-identities.ts";
import type { AppView, Live, PairingView, Store, TimelineView } from "./model.ts";
import type { CallName, FromThread, ToThread } from "./thread-protocol.ts";
import type { CoreCalls } from "./core-commands.ts";
import { builtScriptUrl } from "./trusted-types.ts";
import { ValueStore } from "./value-store.ts";

/** A conversation stays open this long after the last reader left: going back and forth costs nothing. */
const CLOSE_AFTER_MS = 5000;

const NOT_LOADED: AppView["trouble"] = {
  code: "not-loaded",
  text: "A part of Kelpie did not load.",
  next: "Check this device’s network, then reload the page.",
};

/** Starts the live thread. Call once per page. */
export function createLive(): Live {
  const thread = new Worker(builtScriptUrl(threadAddress), { type: "module" });
  const say = (message: ToThread): void => thread.postMessage(message);
  const app = new ValueStore<AppView>(emptyApp(navigator.onLine));
  const pairing = new ValueStore<PairingView>({ step: "idle" });
  const timelines = new Timelines(say);
  const calls = new Calls(say);
  thread.onmessage = ({ data }: MessageEvent<FromThread>) => {
    switch (data.t) {
      case "app":
        app.set(keepIdentities(app.get(), data.view));
        break;
      case "pairing":
        pairing.set(data.view);
        break;
      case "timeline":
        timelines.patch(data.machine, data.session, data.patch);
        break;
      case "answer":
        calls.answer(data.id, data.value);
        break;
      case "failed":
        calls.fail(data.id, data.reason);
        break;
      case "wants-persistence":
        void askPersistence();
        break;
    }
  };
  // The thread itself did not load; once it runs it tells its own troubles.
  thread.onerror = () => {
    if (!app.get().ready) app.set({ ...app.get(), trouble: NOT_LOADED });
  };
  say({ t: "start", origin: location.origin, appBuild: buildName(), ...pageFacts() });
  watchPage(say);
  return {
    app,
    pairing,
    timeline: (machine, session) => timelines.store(machine, session),
    loadOlder: (machine, session) => say({ t: "older", machine, session }),
    pair: (link, deviceName) => say({ t: "pair", link, deviceName }),
    cancelPairing: () => say({ t: "cancel-pairing" }),
    reconnect: () => say({ t: "reconnect" }),
    ...calls.proxies(),
  };
}

function pageFacts(): { readonly visible: boolean; readonly online: boolean } {
  return { visible: document.visibilityState === "visible", online: navigator.onLine };
}

/** Events that only a page has. It lives as long as they do. */
function watchPage(say: (message: ToThread) => void): void {
  const changed = (): void => say({ t: "page", ...pageFacts() });
  document.addEventListener("visibilitychange", changed);
  for (const name of ["online", "offline", "pageshow"]) addEventListener(name, changed);
}

/** Asks the browser to keep our storage; a refusal changes nothing that a person could act on. */
async function askPersistence(): Promise<void> {
  if (!("storage" in navigator) || typeof navigator.storage.persist !== "function") return;
  if (!(await navigator.storage.persisted())) await navigator.storage.persist();
}

/** The build's own file name holds its hash; the relay warns when it is not the one it serves. */
function buildName(): string {
  const [, name = "dev"] = /\/([\w.-]+)$/.exec(new URL(import.meta.url).pathname) ?? [];
  return name.slice(0, 64);
}

/** Conversations, open while somebody reads them. */
class Timelines {
  readonly #say: (message: ToThread) => void;
  readonly #open = new Map<string, TimelineStore>();

  constructor(say: (message: ToThread) => void) {
    this.#say = say;
  }

  store(machine: MachineId, session: SessionId): Store<TimelineView> {
    const key = `${machine}/${session}`;
    let store = this.#open.get(key);
    if (store === undefined) this.#open.set(key, (store = new TimelineStore(machine, session, this.#say)));
    return store;
  }

  patch(machine: MachineId, session: SessionId, patch: TimelinePatch): void {
    this.#open.get(`${machine}/${session}`)?.patch(patch);
  }
}

/** One conversation: patches are applied once per animation frame, whatever came meanwhile. */
class TimelineStore implements Store<TimelineView> {
  readonly #say: (message: ToThread) => void;
  readonly #value: ValueStore<TimelineView>;
  #waiting: TimelinePatch[] = [];
  #readers = 0;
  #isOpen = false;
  /** The thread has begun to tell it; what comes before that was meant for an earlier opening. */
  #hasBegun = false;

  constructor(machine: MachineId, session: SessionId, say: (message: ToThread) => void) {
    this.#say = say;
    this.#value = new ValueStore(emptyTimeline(machine, session));
  }

  readonly get = (): TimelineView => this.#value.get();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#readers += 1;
    this.#openNow();
    const stop = this.#value.subscribe(listener);
    return () => {
      stop();
      this.#readers -= 1;
      if (this.#readers === 0) setTimeout(() => this.#closeIfUnread(), CLOSE_AFTER_MS);
    };
  };

  #openNow(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#hasBegun = false;
    const { machine, session } = this.get();
    this.#say({ t: "watch", machine, session });
  }

  #closeIfUnread(): void {
    if (this.#readers > 0 || !this.#isOpen) return;
    this.#isOpen = false;
    this.#waiting = [];
    const { machine, session } = this.get();
    this.#value.set(emptyTimeline(machine, session));
    this.#say({ t: "unwatch", machine, session });
  }

  patch(patch: TimelinePatch): void {
    this.#hasBegun ||= patch.fresh;
    if (!this.#isOpen || !this.#hasBegun) return;
    this.#waiting.push(patch);
    if (this.#waiting.length > 1) return;
    // A hidden page has no animation frames, and nobody to show them to; a timer keeps its memory bounded.
    if (document.visibilityState === "visible") requestAnimationFrame(() => this.#apply());
    else setTimeout(() => this.#apply(), 250);
  }

  #apply(): void {
    const patches = this.#waiting.splice(0);
    if (patches.length > 0) this.#value.set(patches.reduce(patchTimeline, this.get()));
  }
}

function emptyTimeline(machine: MachineId, session: SessionId): TimelineView {
  return { machine, session, status: "loading", entries: [], more: false, loadingOlder: false, alarm: null };
}

/** Calls that the thread answers. */
class Calls {
  readonly #say: (message: ToThread) => void;
  readonly #open = new Map<
    number,
    { readonly done: (value: unknown) => void; readonly failed: (error: Error) => void }
  >();
  #next = 1;

  constructor(say: (message: ToThread) => void) {
    this.#say = say;
  }

  answer(id: number, value: unknown): void {
    this.#open.get(id)?.done(value);
    this.#open.delete(id);
  }

  fail(id: number, reason: string): void {
    this.#open.get(id)?.failed(new Error(reason));
    this.#open.delete(id);
  }

  #call<N extends CallName>(name: N): CoreCalls[N] {
    const proxy = (...args: unknown[]): Promise<unknown> =>
      new Promise((done, failed) => {
        const id = this.#next++;
        this.#open.set(id, { done, failed });
        this.#say({ t: "call", id, name, args });
      });
    if (!isCall<N>(proxy)) throw new TypeError(name);
    return proxy;
  }

  proxies(): CoreCalls {
    return {
      toolOutput: this.#call("toolOutput"),
      startSession: this.#call("startSession"),
      started: this.#call("started"),
      prompt: this.#call("prompt"),
      editPrompt: this.#call("editPrompt"),
      withdrawPrompt: this.#call("withdrawPrompt"),
      answer: this.#call("answer"),
      cancelTurn: this.#call("cancelTurn"),
      stopSession: this.#call("stopSession"),
      resumeSession: this.#call("resumeSession"),
      setMode: this.#call("setMode"),
      archiveSession: this.#call("archiveSession"),
      retry: this.#call("retry"),
      dismiss: this.#call("dismiss"),
      renameDevice: this.#call("renameDevice"),
      revokeDevice: this.#call("revokeDevice"),
      rotateKeys: this.#call("rotateKeys"),
      invite: this.#call("invite"),
      acceptPairing: this.#call("acceptPairing"),
      addProject: this.#call("addProject"),
      removeProject: this.#call("removeProject"),
      trustProject: this.#call("trustProject"),
      probeAgents: this.#call("probeAgents"),
      auditFile: this.#call("auditFile"),
      forget: this.#call("forget"),
    };
  }
}

/** The thread runs the function of that very name and posts what it resolves with; both sides are one build. */
function isCall<N extends CallName>(proxy: unknown): proxy is CoreCalls[N] {
  return typeof proxy === "function";
}

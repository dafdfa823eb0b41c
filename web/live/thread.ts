// The live thread: composes the core with the browser's own parts. The only file of live/ that is a worker's entry. The
// core is most of its weight and is fetched once there is something to do: a browser that knows no machine shows its
// first screen without it.
import type { Bytes } from "../../schema/index.ts";
import { systemClock } from "./clock.ts";
import type { CoreCalls } from "./core-commands.ts";
import type { CoreListener } from "./core.ts";
import { emptyApp } from "./empty-app.ts";
import { openIdbStore } from "./idb-store.ts";
import type { LiveStore } from "./live-store.ts";
import type { OpenCore, openCore } from "./open-core.ts";
import type { HttpAnswer, PageFacts, Platform, TabNote, Tabs } from "./ports.ts";
import { dialWith } from "./socket.ts";
import type { FromThread, ToThread } from "./thread-protocol.ts";

/** A pairing post is held for 25 s by the Worker; nothing else takes as long. */
const POST_WITHIN_MS = 40_000;
/** Between attempts to fetch the core when the network is away. */
const FETCH_AGAIN_MS = 2000;

function tell(message: FromThread): void {
  self.postMessage(message);
}

async function post(path: string, contentType: string, body: string | Bytes): Promise<HttpAnswer> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": contentType },
    body,
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(POST_WITHIN_MS),
  });
  return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
}

function tabs(): Tabs {
  const channel = new BroadcastChannel("kelpie");
  return {
    tell: (note) => channel.postMessage(note),
    listen: (listener) => {
      channel.onmessage = ({ data }: MessageEvent<TabNote>) => listener(data);
      return () => channel.close();
    },
  };
}

async function openStore(): Promise<LiveStore> {
  try {
    return await openIdbStore();
  } catch {
    // Private modes and broken profiles refuse IndexedDB; the app works until the reload and says so.
    return new (await import("./memory-store.ts")).MemoryStore();
  }
}

function uniform(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

/** What the thread holds before there is a core, and the core once it is wanted. */
class Doorstep {
  readonly #platform: Platform;
  #page: PageFacts;
  #core: Promise<OpenCore> | null = null;

  constructor(platform: Platform, page: PageFacts) {
    this.#platform = platform;
    this.#page = page;
  }

  /** Opens the core at once if this browser knows a machine; else says that there is nothing yet. */
  async start(): Promise<void> {
    // Another tab may pair meanwhile. The core listens in this one's place once it is there.
    this.#platform.tabs.listen(({ note }) => {
      if (note === "machines") void this.core();
    });
    if (await isEmpty(this.#platform.store)) this.#tellEmpty();
    else await this.core();
  }

  async page(page: PageFacts): Promise<void> {
    this.#page = page;
    if (this.#core === null) this.#tellEmpty();
    else (await this.#core).core.page(page);
  }

  core(): Promise<OpenCore> {
    this.#core ??= this.#open();
    return this.#core;
  }

  async #open(): Promise<OpenCore> {
    const open = await fetchCore();
    const listener = {
      app: (view) => tell({ t: "app", view }),
      pairing: (view) => tell({ t: "pairing", view }),
      timeline: (machine, session, patch) => tell({ t: "timeline", machine, session, patch }),
      wantsPersistence: () => tell({ t: "wants-persistence" }),
    } satisfies CoreListener;
    return open(this.#platform, listener, this.#page);
  }

  #tellEmpty(): void {
    tell({ t: "app", view: { ...emptyApp(this.#page.online), ready: true } });
  }
}

async function fetchCore(): Promise<typeof openCore> {
  for (;;) {
    try {
      return (await import("./open-core.ts")).openCore;
    } catch (error) {
      console.info("the core did not come", error);
      await new Promise<void>((resolve) => void setTimeout(resolve, FETCH_AGAIN_MS));
    }
  }
}

/** Nothing that the core would have to go on with, and no trouble that it would have to tell. */
async function isEmpty(store: LiveStore): Promise<boolean> {
  if (!store.isDurable) return false;
  try {
    return (await store.machines()).length === 0 && (await store.pairing()) === null;
  } catch {
    // The core meets the same failure, and has the words for it.
    return false;
  }
}

async function start({ origin, appBuild, visible, online }: Extract<ToThread, { t: "start" }>): Promise<Doorstep> {
  const platform: Platform = {
    origin,
    appBuild,
    dial: dialWith((url, protocols) => new WebSocket(url, protocols)),
    post,
    clock: systemClock(),
    random: uniform,
    store: await openStore(),
    tabs: tabs(),
  };
  const doorstep = new Doorstep(platform, { visible, online });
  await doorstep.start();
  return doorstep;
}

/** Set by the page's first message; everything else waits for it. */
let started: Promise<Doorstep> | null = null;

async function handle(message: ToThread): Promise<void> {
  if (message.t === "start") {
    started = start(message);
    return;
  }
  const doorstep = await started;
  if (doorstep === null) return;
  if (message.t === "page") await doorstep.page({ visible: message.visible, online: message.online });
  else await pass(await doorstep.core(), message);
}

async function pass({ core, calls }: OpenCore, message: Exclude<ToThread, { t: "start" | "page" }>): Promise<void> {
  switch (message.t) {
    case "call":
      await call(calls, message);
      break;
    case "watch":
      await core.watch(message.machine, message.session);
      break;
    case "unwatch":
      core.unwatch(message.machine, message.session);
      break;
    case "older":
      await core.loadOlder(message.machine, message.session);
      break;
    case "pair":
      await core.pairing.start(message.link, message.deviceName);
      break;
    case "cancel-pairing":
      await core.pairing.cancel();
      break;
    case "reconnect":
      core.reconnect();
      break;
  }
}

async function call(calls: CoreCalls, { id, name, args }: Extract<ToThread, { t: "call" }>): Promise<void> {
  const run: unknown = Reflect.get(calls, name);
  if (!isRunnable(run)) throw new TypeError(name);
  try {
    tell({ t: "answer", id, value: await run(...args) });
  } catch (error) {
    tell({ t: "failed", id, reason: error instanceof Error ? error.message : "failed" });
    throw error;
  }
}

/** The page's own typed proxy wrote the arguments; both sides are one build. */
function isRunnable(value: unknown): value is (...args: readonly unknown[]) => Promise<unknown> {
  return typeof value === "function";
}

self.onmessage = ({ data }: MessageEvent<ToThread>) => {
  void handle(data);
};

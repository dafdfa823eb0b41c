// The live thread: composes the core with the browser's own parts. The only file of live/ that is a worker's entry.
import { randomBytes, type Bytes } from "../../schema/index.ts";
import { systemClock } from "./clock.ts";
import { coreCalls, type CoreCalls } from "./core-commands.ts";
import { LiveCore } from "./core.ts";
import { openIdbStore } from "./idb-store.ts";
import type { LiveStore } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";
import type { HttpAnswer, Platform, TabNote, Tabs } from "./ports.ts";
import { dialWith } from "./socket.ts";
import type { FromThread, ToThread } from "./thread-protocol.ts";

/** A pairing post is held for 25 s by the Worker; nothing else takes as long. */
const POST_WITHIN_MS = 40_000;

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
    return new MemoryStore();
  }
}

function uniform(): number {
  const bytes = randomBytes(4);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}

async function start({ origin, appBuild, visible, online }: Extract<ToThread, { t: "start" }>): Promise<LiveCore> {
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
  const core = new LiveCore(platform, {
    app: (view) => tell({ t: "app", view }),
    pairing: (view) => tell({ t: "pairing", view }),
    timeline: (machine, session, patch) => tell({ t: "timeline", machine, session, patch }),
    wantsPersistence: () => tell({ t: "wants-persistence" }),
  });
  core.page({ visible, online });
  await core.start();
  return core;
}

/** Set by the page's first message; everything else waits for it. */
let started: Promise<LiveCore> | null = null;

async function handle(message: ToThread): Promise<void> {
  if (message.t === "start") {
    started = start(message);
    return;
  }
  const core = await started;
  if (core === null) return;
  switch (message.t) {
    case "page":
      core.page({ visible: message.visible, online: message.online });
      break;
    case "call":
      await call(coreCalls(core), message);
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

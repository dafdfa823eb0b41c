// The live thread: composes the core with the browser's own parts. The only file of live/ that is a worker's entry. The
// core is most of its weight and is fetched once there is something to do: a browser that knows no machine shows its
// first screen without it.
import type { Bytes } from "../../schema/index.ts";
import { systemClock } from "./clock.ts";
import { Doorstep } from "./doorstep.ts";
import { openIdbStore } from "./idb-store.ts";
import type { LiveStore } from "./live-store.ts";
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
    return new (await import("./memory-store.ts")).MemoryStore();
  }
}

function uniform(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
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
  const doorstep = new Doorstep({
    platform,
    page: { visible, online },
    tell,
    fetchCore: async () => (await import("./open-core.ts")).openCore,
  });
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
  await (await started)?.handle(message);
}

self.onmessage = ({ data }: MessageEvent<ToThread>) => {
  void handle(data);
};

// The service worker: the built shell from cache, so that Kelpie opens without a network. It never touches /v1, keeps
// nothing that a build did not write, and a new one waits until the person says so.

// The build puts the list here (see precache-plugin.ts).
declare const __PRECACHE__: readonly string[];
declare const __BUILD__: string;

interface LateEvent extends Event {
  readonly waitUntil: (work: Promise<unknown>) => void;
}
interface RequestEvent extends LateEvent {
  readonly request: Request;
  readonly respondWith: (answer: Promise<Response>) => void;
}
/** The few names of a service worker's scope that are used; the DOM library of the page has none of them. */
interface Scope {
  readonly location: Location;
  readonly clients: { readonly claim: () => Promise<void> };
  readonly skipWaiting: () => Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: LateEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
}
declare const self: Scope;
// Makes this file a module, so that the name above is its own and not the page's.
export {};

const CACHE = `kelpie-shell-${__BUILD__}`;
const PAGE = "/";

self.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", ({ data }) => {
  if (typeof data === "object" && data !== null && "t" in data && data.t === "take-over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || pathname.startsWith("/v1")) return;
  if (request.mode === "navigate") event.respondWith(kept(PAGE, request));
  else if (__PRECACHE__.includes(pathname)) event.respondWith(kept(pathname, request));
});

// All or nothing: a shell with a missing part is worse than the old one.
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  // "reload" goes past the HTTP cache: a stale page under a new name would name files that are gone.
  await cache.addAll([PAGE, ...__PRECACHE__].map((path) => new Request(path, { cache: "reload" })));
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith("kelpie-shell-") && name !== CACHE).map((name) => caches.delete(name)),
  );
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? (await fetch(request));
}

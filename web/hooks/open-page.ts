// Puts the page's handle together from the browser. The only file of the screens that names browser globals at start.
import { systemClock } from "../live/clock.ts";
import type { Live, Store } from "../live/model.ts";
import { builtScriptUrl } from "../live/trusted-types.ts";
import { deviceNameOf, deviceWordOf, isIos } from "./device-words.ts";
import type { InstallView } from "./install.ts";
import { createInstall } from "./install.ts";
import { createKeepsakes } from "./keepsakes.ts";
import type { Page } from "./page.ts";
import { createPairLink, takePairLink } from "./pair-link.ts";
import type { UpdatePorts } from "./shell-update.ts";
import { createShellUpdate } from "./shell-update.ts";
import type { Visibility } from "./ticker.ts";
import { createTicker } from "./ticker.ts";

declare const __VERSION__: string;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Midnight of every time zone falls on a quarter of an hour, so this is fine enough for "yesterday". */
const QUARTER_MS = 15 * MINUTE_MS;
/** How often a page that stays open asks for a newer shell. */
const UPDATE_EVERY_MS = 60 * MINUTE_MS;
/** A page that is never idle, or a browser that cannot tell (Safari). */
const IDLE_WITHIN_MS = 3 * SECOND_MS;

/** Call once. Starts pairing at once when the page was opened by a link, except where installing should come first. */
export function openPage(live: Live, link: string | null): Page {
  const clock = systemClock();
  const device = { userAgent: navigator.userAgent, touchPoints: navigator.maxTouchPoints };
  const isStandalone = matchMedia("(display-mode: standalone)").matches;
  const pairLink = createPairLink(link);
  const deviceName = deviceNameOf(device);
  const pair = (next: string): void => {
    pairLink.hold(next);
    if (isStandalone || !isIos(device)) live.pair(next, deviceName);
  };
  if (link !== null) pair(link);
  // A second link opened in the same page changes only the fragment.
  window.addEventListener("hashchange", () => {
    const next = takePairLink(window);
    if (next !== null) pair(next);
  });
  return {
    live,
    clocks: {
      second: createTicker(SECOND_MS, clock, visibility),
      minute: createTicker(MINUTE_MS, clock, visibility),
      day: createTicker(QUARTER_MS, clock, visibility),
    },
    device: deviceWordOf(device),
    deviceName,
    keepsakes: createKeepsakes(openStorage()),
    pairLink,
    update: createShellUpdate(updatePorts(clock.wall, live.app)),
    install: createInstall(window, installView(isStandalone, isIos(device))),
    version: __VERSION__,
  };
}

const visibility: Visibility = {
  isVisible: () => document.visibilityState === "visible",
  subscribe: (listener) => {
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  },
};

function installView(isStandalone: boolean, isOnIos: boolean): InstallView {
  if (isStandalone) return { status: "installed" };
  return { status: "manual", system: isOnIos ? "ios" : "other" };
}

function openStorage(): Storage | null {
  try {
    return localStorage;
  } catch (error) {
    // Storage switched off in the browser's settings: drafts then last as long as the page.
    console.info("no local storage", error);
    return null;
  }
}

// The development server has no service worker to offer: a cached shell would hide every change.
function updatePorts(now: () => number, app: Live["app"]): UpdatePorts | null {
  if (import.meta.env.DEV || !("serviceWorker" in navigator)) return null;
  return {
    register: async () => {
      // It fetches the whole shell; the first screen comes first.
      await until(app, ({ ready }) => ready);
      await idle();
      return navigator.serviceWorker.register(builtScriptUrl("/sw.js"), { scope: "/" });
    },
    container: navigator.serviceWorker,
    reloadPage: () => location.reload(),
    onAsk: (ask) => {
      let askedAt = now();
      document.addEventListener("visibilitychange", () => {
        if (!visibility.isVisible() || now() - askedAt < UPDATE_EVERY_MS) return;
        askedAt = now();
        ask();
      });
    },
  };
}

async function until<T>(store: Store<T>, isTrue: (value: T) => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    if (isTrue(store.get())) {
      resolve();
      return;
    }
    const stop = store.subscribe(() => {
      if (!isTrue(store.get())) return;
      stop();
      resolve();
    });
  });
}

async function idle(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: IDLE_WITHIN_MS });
    else setTimeout(resolve, IDLE_WITHIN_MS);
  });
}

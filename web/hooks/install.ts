import type { Store } from "../live/model.ts";

/** How this browser lets Kelpie become an app. */
export type InstallView =
  | { readonly status: "installed" }
  /** The browser asks for us. */
  | { readonly status: "offered" }
  /** By the browser's own menu. */
  | { readonly status: "manual"; readonly system: "ios" | "other" };

/** The way to become an app. */
export interface Install extends Store<InstallView> {
  /** Opens the browser's own question; only while offered. */
  readonly ask: () => Promise<void>;
}

// Chromium's event; no standard type exists.
interface InstallPrompt extends Event {
  readonly prompt: () => Promise<unknown>;
}

/** Listens for the browser's offer for as long as the page lives. */
export function createInstall(target: Pick<Window, "addEventListener">, first: InstallView): Install {
  const listeners = new Set<() => void>();
  let view = first;
  let offer: InstallPrompt | null = null;
  const set = (next: InstallView): void => {
    view = next;
    for (const listener of listeners) listener();
  };
  target.addEventListener("beforeinstallprompt", (event) => {
    if (!isPrompt(event)) return;
    // Kept for the person's own tap on More instead of a banner at a moment we do not choose.
    event.preventDefault();
    offer = event;
    set({ status: "offered" });
  });
  target.addEventListener("appinstalled", () => set({ status: "installed" }));
  return {
    get: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ask: async () => {
      await offer?.prompt();
    },
  };
}

function isPrompt(event: Event): event is InstallPrompt {
  return "prompt" in event && typeof event.prompt === "function";
}

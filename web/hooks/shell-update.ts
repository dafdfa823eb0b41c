// The installed shell and its newer version. A new one waits until the person says Reload: a page is never swapped under
// somebody's words.
import type { Store } from "../live/model.ts";

/** Whether a newer shell is ready. */
export type UpdateView = { readonly status: "none" } | { readonly status: "ready" };

/** The newer shell, if any. */
export interface ShellUpdate extends Store<UpdateView> {
  /** Puts the new shell in place; the page reloads once it is. */
  readonly reload: () => void;
  /** Not again until the next start. */
  readonly later: () => void;
}

/** What is needed of the browser. */
export interface UpdatePorts {
  readonly register: () => Promise<ServiceWorkerRegistration>;
  readonly container: Pick<ServiceWorkerContainer, "controller" | "addEventListener">;
  readonly reloadPage: () => void;
  /** Calls back each time it is worth asking for a newer shell. */
  readonly onAsk: (ask: () => void) => void;
}

/** Registers the service worker; `null` where there is none (development, a browser without). */
export function createShellUpdate(ports: UpdatePorts | null): ShellUpdate {
  const listeners = new Set<() => void>();
  let view: UpdateView = { status: "none" };
  let waiting: ServiceWorker | null = null;
  let isChosen = false;
  /** The new shell is in place already: another tab chose it, and only this page is still the old one. */
  let isTaken = false;
  const set = (next: UpdateView): void => {
    view = next;
    for (const listener of listeners) listener();
  };
  const offer = (worker: ServiceWorker | null): void => {
    // Without a controller it is the first install, and nothing on the page is older than it.
    if (worker === null || ports?.container.controller == null) return;
    waiting = worker;
    set({ status: "ready" });
  };
  if (ports !== null) {
    let hadController = ports.container.controller !== null;
    ports.container.addEventListener("controllerchange", () => {
      if (isChosen) ports.reloadPage();
      // The parts this page has not loaded yet went with the old shell, so it is offered here too.
      if (hadController) {
        isTaken = true;
        set({ status: "ready" });
      }
      hadController = true;
    });
    void follow(ports, offer);
  }
  return {
    get: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload: () => {
      isChosen = true;
      if (isTaken) ports?.reloadPage();
      else waiting?.postMessage({ t: "take-over" });
    },
    later: () => set({ status: "none" }),
  };
}

async function follow(ports: UpdatePorts, offer: (worker: ServiceWorker | null) => void): Promise<void> {
  let registration: ServiceWorkerRegistration;
  try {
    registration = await ports.register();
  } catch (error) {
    // Private windows and policies refuse service workers. Kelpie then needs a network to start, and nothing else.
    console.warn("no service worker", error);
    return;
  }
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const next = registration.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed") offer(next);
    });
  });
  ports.onAsk(() => {
    // Offline is the usual reason to fail; the next visit asks again.
    registration.update().catch((error: unknown) => console.info("update not asked", error));
  });
}

import { useEffect } from "react";
import { useLive } from "../../hooks/page-context.tsx";
import { useApp } from "../../hooks/use-app.ts";
import { routeOf, type Route } from "../../hooks/route.ts";
import type { Live } from "../../live/model.ts";
import { loadRoute, loadScreens } from "./later-screens.tsx";

/** Where the browser has no idle callback (Safari). ms */
const SOON_MS = 1500;
/** Screens nobody reached for come this long after the first one stands: nothing may compete with the first load. ms */
const LATE_MS = 10_000;

/** Fetches the other screens ahead: conversations once there is a machine, the rest when reached for or much later. */
export function useScreensLoaded(isReady: boolean): void {
  const live = useLive();
  const isLive = useApp((view) => view.live === "live");
  useEffect(() => (isReady ? whenReachedFor() : undefined), [isReady]);
  useEffect(() => (isReady ? whenPressed(live) : undefined), [isReady, live]);
  useEffect(() => (isReady && isLive ? whenIdle(() => loadRoute("session")) : undefined), [isReady, isLive]);
  useEffect(() => {
    if (!isReady) return undefined;
    let stop = (): void => undefined;
    const timer = setTimeout(() => (stop = whenIdle(loadScreens)), LATE_MS);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [isReady]);
}

/** A finger or a pointer on a link, or the focus, comes some 100 ms before the click. */
function whenReachedFor(): () => void {
  const reach = ({ target }: Event): void => {
    const route = routeUnder(target);
    if (route !== null) loadRoute(route.name);
  };
  const names = ["pointerover", "touchstart", "focusin"];
  for (const name of names) document.addEventListener(name, reach, { passive: true });
  return () => {
    for (const name of names) document.removeEventListener(name, reach);
  };
}

/** A press opens the conversation before the screen is drawn: the store keeps it open until that reads it. */
function whenPressed(live: Live): () => void {
  const press = ({ target }: Event): void => {
    const route = routeUnder(target);
    if (route?.name === "session") live.timeline(route.machine, route.session).subscribe(() => undefined)();
  };
  document.addEventListener("pointerdown", press, { passive: true });
  return () => document.removeEventListener("pointerdown", press);
}

/** What a link of ours leads to; null for anything else, also for a link that an agent wrote to elsewhere. */
function routeUnder(target: EventTarget | null): Route | null {
  const link = target instanceof Element ? target.closest("a") : null;
  return link === null || link.origin !== location.origin ? null : routeOf(link.pathname);
}

function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(run, SOON_MS);
    return () => clearTimeout(timer);
  }
  const idle = requestIdleCallback(run, { timeout: SOON_MS * 2 });
  return () => cancelIdleCallback(idle);
}

import { useEffect } from "react";
import { loadScreens } from "./later-screens.tsx";

/** After the first screen stands the rest may come. ms; only where the browser has no idle callback (Safari). */
const SOON_MS = 1500;

/** Fetches the other screens once the page has nothing better to do. */
export function useScreensLoaded(isReady: boolean): void {
  useEffect(() => {
    if (!isReady) return undefined;
    const load = (): void => void loadScreens();
    if (typeof requestIdleCallback !== "function") {
      const timer = setTimeout(load, SOON_MS);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(load, { timeout: SOON_MS * 2 });
    return () => cancelIdleCallback(idle);
  }, [isReady]);
}

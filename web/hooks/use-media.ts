import { useCallback, useSyncExternalStore } from "react";

/** Two panes side by side. */
export const WIDE = "(min-width: 900px)";
/** A third pane fits. The same widths stand in styles/panes.css. */
export const VERY_WIDE = "(min-width: 1240px)";

/** Whether the media query holds now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

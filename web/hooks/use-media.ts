import { useCallback, useSyncExternalStore } from "react";

/** Two panes side by side: 900 px, and more for whoever wants larger text. */
export const WIDE = "(min-width: 56.25em)";
/** A third pane fits: 1240 px. The same widths stand in styles/panes.css. */
export const VERY_WIDE = "(min-width: 77.5em)";

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

import { useEffect } from "react";

/** The page's title: what is open, and how many waits there are. */
export function useTitle(screen: string, waits: number): void {
  useEffect(() => {
    document.title = `${waits > 0 ? `(${waits}) ` : ""}${screen === "" ? "Kelpie" : `${screen} · Kelpie`}`;
  }, [screen, waits]);
}

import { useSyncExternalStore } from "react";
import type { AppView } from "../live/model.ts";
import { useLive } from "./page-context.tsx";

/** The whole view of the app, or the part `select` takes from it. The part must be held by the view, not made anew. */
export function useApp(): AppView;
export function useApp<T>(select: (view: AppView) => T): T;
export function useApp<T>(select?: (view: AppView) => T): AppView | T {
  const { app } = useLive();
  return useSyncExternalStore<AppView | T>(app.subscribe, () => (select === undefined ? app.get() : select(app.get())));
}

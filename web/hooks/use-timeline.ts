import { useMemo, useSyncExternalStore } from "react";
import type { MachineId, SessionId } from "../live/model-schema.ts";
import type { TimelineView } from "../live/model.ts";
import { useLive } from "./page-context.tsx";

/** A session's conversation, open for as long as a component subscribes. */
export function useTimeline(machine: MachineId, session: SessionId): TimelineView {
  const live = useLive();
  const store = useMemo(() => live.timeline(machine, session), [live, machine, session]);
  return useSyncExternalStore(store.subscribe, store.get);
}

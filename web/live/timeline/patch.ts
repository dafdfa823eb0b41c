// What the thread tells of a conversation, and how a page applies it. Small on purpose: the page loads it at once.
import type { Alarm, TimelineView } from "../model.ts";
import { applySplices, type Splice } from "./splices.ts";

/** What changed of a conversation since it was last told. */
export interface TimelinePatch {
  /** The splices begin with an empty list, whatever the reader holds: it was just opened, or its machine paired again. */
  readonly fresh: boolean;
  readonly splices: readonly Splice[];
  readonly status: TimelineView["status"];
  readonly more: boolean;
  readonly loadingOlder: boolean;
  readonly alarm: Alarm | null;
}

/** The view after a patch. */
export function patchTimeline(view: TimelineView, patch: TimelinePatch): TimelineView {
  const { fresh, splices, ...rest } = patch;
  return { ...view, ...rest, entries: applySplices(fresh ? [] : view.entries, splices) };
}

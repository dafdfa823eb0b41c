// The conversation as a virtual list: newest page first, older pages above without a jump, following only at the end.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Virtualizer } from "virtua";
import { usePage } from "../../hooks/page-context.tsx";
import { useFollow } from "../../hooks/use-follow.ts";
import { useClock } from "../../hooks/use-now.ts";
import type { MachineView, SessionRow, TimelineView } from "../../live/model.ts";
import { Skeleton } from "../../ui/notice.tsx";
import { NothingSaid } from "../../views/timeline/nothing-said.tsx";
import type { TimelineActions } from "../../views/timeline/entry-view.tsx";
import { WorkspaceFolder } from "../../ui/workspace-path.ts";
import { EntryView } from "../../views/timeline/entry-view.tsx";
import { CutLine } from "../../views/timeline/event-line.tsx";
import { StepFold } from "../../views/timeline/step-fold.tsx";
import type { TimelineItem } from "./timeline-items.ts";
import { hasOlder, newSince, resumableKey, timelineItems } from "./timeline-items.ts";

/** Older pages are asked for this far above what is seen. CSS pixels. */
const OLDER_AT_PX = 1200;

interface ConversationProps {
  readonly timeline: TimelineView;
  readonly row: SessionRow;
  readonly machine: MachineView;
  readonly actions: TimelineActions;
  /** Told whether the end is in sight, and how much came since it was; for the pill above the composer. */
  readonly onPlace: (place: Place) => void;
}

/** Where the reader is. */
export interface Place {
  readonly isAtEnd: boolean;
  readonly newer: number;
  readonly toEnd: () => void;
}

/** The `log` of a session. */
export function Conversation({ timeline, row, machine, actions, onPlace }: ConversationProps): ReactNode {
  const { live } = usePage();
  const { entries, more, loadingOlder } = timeline;
  const items = useMemo(() => timelineItems(entries), [entries]);
  const canAsk = more && !loadingOlder;
  const handleScroll = useCallback(
    (element: HTMLDivElement) => {
      if (canAsk && element.scrollTop < OLDER_AT_PX) live.loadOlder(row.machine, row.session);
    },
    [canAsk, live, row.machine, row.session],
  );
  const { scroller, content, isFollowing, toEnd } = useFollow(handleScroll);
  usePlace({ isFollowing, toEnd, entries, onPlace });
  const shift = useShift(entries);
  const isAway = machine.liveness.status === "stale" || machine.liveness.status === "offline";
  const clock = useClock("day");
  const canResumeAt = useMemo(() => resumableKey(entries), [entries]);
  const drawn = { clock, machineName: machine.name, isAway, canResumeAt, actions };
  // A page shorter than the screen has nothing to scroll, so nobody would ask for what is above it.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || timeline.status !== "ready") return;
    if (element.scrollHeight - element.clientHeight < OLDER_AT_PX) handleScroll(element);
  }, [entries.length, handleScroll, scroller, timeline.status]);
  return (
    <div
      className="log-wrap"
      ref={scroller}
      role="log"
      aria-label="Conversation"
      aria-relevant="additions"
      tabIndex={0}
    >
      <div className="log" ref={content} data-empty={entries.length === 0 ? "" : undefined}>
        {loadingOlder ? <p className="sr">Loading earlier messages</p> : null}
        <Start timeline={timeline} row={row} />
        <Virtualizer data={items} scrollRef={scroller} shift={shift} bufferSize={400} itemSize={56}>
          {(item) => (
            <WorkspaceFolder key={item.key} value={row.cwd}>
              <Item item={item} {...drawn} />
            </WorkspaceFolder>
          )}
        </Virtualizer>
      </div>
    </div>
  );
}

function Start({ timeline, row }: { timeline: TimelineView; row: SessionRow }): ReactNode {
  if (timeline.entries.length > 0) return null;
  if (timeline.status === "loading") return <Skeleton words="Opening the conversation, newest first" lines={5} />;
  return <NothingSaid agent={row.agent} project={row.project} />;
}

interface ItemProps {
  readonly item: TimelineItem;
  readonly clock: ReturnType<typeof useClock>;
  readonly machineName: string;
  readonly isAway: boolean;
  readonly canResumeAt: string | null;
  readonly actions: TimelineActions;
}

function Item({ item, clock, machineName, isAway, canResumeAt, actions }: ItemProps): ReactNode {
  const { device } = usePage();
  if (item.kind === "fold") {
    return (
      <div className="entry" data-entry="step">
        <StepFold tools={item.tools} onWholeOutput={actions.onWholeOutput} />
      </div>
    );
  }
  if (item.kind === "cut") {
    return (
      <div className="entry" data-entry="text">
        <CutLine end={item.end} clock={clock} />
      </div>
    );
  }
  return (
    <EntryView
      entry={item.entry}
      clock={clock}
      device={device}
      machineName={machineName}
      isMachineAway={isAway}
      canResume={item.key === canResumeAt}
      actions={actions}
      joint={item.joint}
    />
  );
}

// Virtua holds the line from the end instead of from the start while this is true: exactly when older ones came.
function useShift(entries: TimelineView["entries"]): boolean {
  const [held, setHeld] = useState({ entries, shift: false });
  if (held.entries === entries) return held.shift;
  const shift = hasOlder(held.entries[0]?.key, entries);
  setHeld({ entries, shift });
  return shift;
}

interface PlaceFacts {
  readonly isFollowing: boolean;
  readonly toEnd: () => void;
  readonly entries: TimelineView["entries"];
  readonly onPlace: (place: Place) => void;
}

function usePlace({ isFollowing, toEnd, entries, onPlace }: PlaceFacts): void {
  // The newest entry when the reader left the end; what came after it is new.
  const seen = useRef<string | null>(null);
  const lastKey = entries.at(-1)?.key ?? null;
  useEffect(() => {
    if (isFollowing) seen.current = lastKey;
    onPlace({ isAtEnd: isFollowing, newer: isFollowing ? 0 : newSince(seen.current, entries), toEnd });
  }, [isFollowing, lastKey, entries, onPlace, toEnd]);
}

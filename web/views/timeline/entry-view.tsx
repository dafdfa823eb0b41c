// One entry of the conversation, by kind. Each is laid out alone, so that a virtual list may place it.
import { memo } from "react";
import type { ReactNode } from "react";
import type { CommandKey, TimelineEntry, ToolView, WaitView } from "../../live/model.ts";
import type { DeviceWord } from "../../ui/delivery-words.ts";
import { Markdown } from "../../ui/markdown.tsx";
import type { Clock } from "../../ui/time-words.ts";
import {
  AnsweredLine,
  ErrorEvent,
  ModeLine,
  NoteLine,
  OpenWaitLine,
  StateLine,
  UnsupportedLine,
} from "./event-line.tsx";
import { PlanList } from "./plan-list.tsx";
import { Thought } from "./thought.tsx";
import { ToolEntry } from "./tool-entry.tsx";
import { TurnLine } from "./turn-line.tsx";
import { UserBubble } from "./user-bubble.tsx";

/** What entries may do. All are stable functions, so that an entry is drawn once. */
export interface TimelineActions {
  readonly onEdit: (command: CommandKey, text: string) => void;
  readonly onWithdraw: (command: CommandKey) => void;
  readonly onRetry: (command: CommandKey) => void;
  readonly onDismiss: (command: CommandKey) => void;
  readonly onResume: () => void;
  /** Fetches the whole output of a tool whose output was cut. */
  readonly onWholeOutput: (tool: ToolView) => void;
}

interface EntryViewProps {
  readonly entry: TimelineEntry;
  /** Only its day matters here; a coarse clock keeps old entries from being drawn again. */
  readonly clock: Clock;
  readonly device: DeviceWord;
  readonly machineName: string;
  readonly isMachineAway: boolean;
  /** The newest state is an interruption: it offers to resume. */
  readonly canResume: boolean;
  readonly actions: TimelineActions;
  /** Drawn for an open wait, when the card stands in the timeline rather than above the composer. */
  readonly renderWait?: (wait: WaitView) => ReactNode;
  /** This is a piece of a long answer: it stands as close to its neighbours as if it were one. */
  readonly joint?: { readonly cut: "first" | "block" | "line"; readonly goesOn: boolean } | undefined;
}

/** The entry in its frame; `data-entry` tells the spacing. */
export const EntryView = memo(function EntryView(props: EntryViewProps): ReactNode {
  const { entry, joint } = props;
  return (
    <div
      className="entry"
      data-entry={spacingOf(entry)}
      data-cut={joint === undefined || joint.cut === "first" ? undefined : joint.cut}
      data-goes-on={joint?.goesOn === true ? "" : undefined}
    >
      <Inside {...props} />
    </div>
  );
});

function spacingOf(entry: TimelineEntry): "turn" | "step" | "panel" | "text" {
  switch (entry.kind) {
    case "turn":
      return "turn";
    case "thought":
      return "step";
    case "tool":
      return entry.tool.diffs.length > 0 ? "panel" : "step";
    case "plan":
      return "panel";
    default:
      return "text";
  }
}

function Inside(props: EntryViewProps): ReactNode {
  const { entry, clock, actions, canResume, renderWait } = props;
  switch (entry.kind) {
    case "turn":
      return <TurnLine turn={entry.turn} at={entry.at} end={entry.end} clock={clock} />;
    case "user":
      return <UserBubble {...props} entry={entry} />;
    case "prose":
      return <Markdown text={entry.text} />;
    case "thought":
      return <Thought text={entry.text} durationMs={entry.ms} isStreaming={entry.streaming} />;
    case "tool":
      return <ToolEntry tool={entry.tool} onWholeOutput={actions.onWholeOutput} />;
    case "plan":
      return <PlanList steps={entry.steps} />;
    case "wait":
      if (entry.done !== null) return <AnsweredLine wait={entry.wait} done={entry.done} clock={clock} />;
      return renderWait === undefined ? <OpenWaitLine wait={entry.wait} clock={clock} /> : renderWait(entry.wait);
    case "note":
      return <NoteLine code={entry.code} text={entry.text} at={entry.at} clock={clock} />;
    case "command":
      // Of the machine's own log, which has a screen of its own.
      return <NoteLine code={entry.op} text={entry.code ?? entry.status} at={entry.at} clock={clock} />;
    case "error":
      return <ErrorEvent text={entry.text} at={entry.at} clock={clock} />;
    case "state":
      return (
        <StateLine
          state={entry.state}
          why={entry.why}
          at={entry.at}
          clock={clock}
          onResume={canResume ? actions.onResume : undefined}
        />
      );
    case "mode":
      return <ModeLine mode={entry.mode} />;
    case "unsupported":
      return <UnsupportedLine what={entry.what} />;
  }
}

// One session: its conversation, what it waits for, and where words go in.
import { useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { usePage } from "../../hooks/page-context.tsx";
import { PATHS } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import { useTimeline } from "../../hooks/use-timeline.ts";
import { useTitle } from "../../hooks/use-title.ts";
import { useWaitActions } from "../../hooks/use-wait-actions.ts";
import type { MachineId, SessionId } from "../../live/model-schema.ts";
import type { CommandKey, MachineView, SessionRow, ToolView } from "../../live/model.ts";
import { SessionHeader } from "../../views/session/session-header.tsx";
import { Screen } from "../../views/shell/screen.tsx";
import type { TimelineActions } from "../../views/timeline/entry-view.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { Conversation } from "./conversation.tsx";
import type { Place } from "./conversation.tsx";
import { MissingSession } from "./missing-session.tsx";
import { OutputSheet } from "./output-sheet.tsx";
import { SessionDock } from "./session-dock.tsx";
import { sessionMenu } from "./session-menu.tsx";

/** What names a session. */
export interface SessionScreenProps {
  readonly machine: MachineId;
  readonly session: SessionId;
}

/** The session of these ids, or why there is none to show. */
export function SessionScreen({ machine, session }: SessionScreenProps): ReactNode {
  const row = useApp((view) => view.sessions.find((each) => each.session === session && each.machine === machine));
  const home = useApp((view) => view.machines.find((each) => each.machine === machine));
  if (row === undefined || home === undefined) return <MissingSession machine={home} />;
  return <OpenSession row={row} machine={home} />;
}

function OpenSession({ row, machine }: { row: SessionRow; machine: MachineView }): ReactNode {
  const { live } = usePage();
  const [, navigate] = useLocation();
  const timeline = useTimeline(row.machine, row.session);
  const all = useApp((view) => view.waits);
  const waits = useMemo(() => all.filter((wait) => wait.session === row.session), [all, row.session]);
  const clock = useClock("minute");
  const { asked, ask, clear } = useOutcome();
  const deeds = useWaitActions();
  const [whole, setWhole] = useState<ToolView | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const actions = useTimelineActions(row, ask, setWhole);
  useTitle(row.title, all.length);
  return (
    <Screen
      scroll="own"
      header={
        <SessionHeader
          row={row}
          facts={machine}
          clock={clock}
          backHref={PATHS.sessions}
          menu={sessionMenu({ row, live, ask, navigate })}
        />
      }
      notices={
        <>
          <MachineNotices machines={[machine]} alarm={timeline.alarm} />
          <RefusalNotice refusal={asked.status === "refused" ? asked.refusal : deeds.refusal} onClose={clear} />
        </>
      }
      dock={
        <SessionDock
          row={row}
          machine={machine}
          waits={waits}
          deeds={deeds}
          place={place}
          isFrozen={timeline.alarm?.kind === "forked"}
        />
      }
    >
      <Conversation timeline={timeline} row={row} machine={machine} actions={actions} onPlace={setPlace} />
      {whole === null ? null : <OutputSheet row={row} tool={whole} onClose={() => setWhole(null)} />}
    </Screen>
  );
}

// Stable for as long as the session is, so that an entry is drawn once.
function useTimelineActions(
  { machine, session }: SessionRow,
  ask: ReturnType<typeof useOutcome>["ask"],
  onWholeOutput: (tool: ToolView) => void,
): TimelineActions {
  const { live } = usePage();
  return useMemo(
    () => ({
      onEdit: (of: CommandKey, text: string) => void ask(() => live.editPrompt(machine, session, of, text)),
      onWithdraw: (of: CommandKey) => void ask(() => live.withdrawPrompt(machine, session, of)),
      onRetry: (of: CommandKey) => void ask(() => live.retry(of)),
      onDismiss: (of: CommandKey) => void live.dismiss(of),
      onResume: () => void ask(() => live.resumeSession(machine, session)),
      onWholeOutput,
    }),
    [ask, live, machine, onWholeOutput, session],
  );
}

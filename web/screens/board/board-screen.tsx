// Work by column. A column is computed from the sessions' states, never kept; a tile cannot be moved by hand.
import { useMemo } from "react";
import type { ReactNode } from "react";
import { useApp } from "../../hooks/use-app.ts";
import { grainFor, useClock } from "../../hooks/use-now.ts";
import { sessionPath } from "../../hooks/route.ts";
import { BoardColumns } from "../../views/board/board-columns.tsx";
import { Screen, TitleBar } from "../../views/shell/screen.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { toldMachines } from "../shell/told-machines.ts";

/** The Board. */
export function BoardScreen(): ReactNode {
  const sessions = useApp((view) => view.sessions);
  const machines = useApp((view) => view.machines);
  const waits = useApp((view) => view.waits);
  const online = useApp((view) => view.online);
  const rows = useMemo(() => sessions.filter((row) => !row.archived), [sessions]);
  const minute = useClock("minute");
  const clock = useClock(grainFor({ times: rows.map((row) => row.since), hasCountdown: false }, minute.now));
  const live = new Set<string>(machines.filter((each) => each.liveness.status === "live").map((each) => each.machine));
  return (
    <Screen
      scroll="own"
      header={<TitleBar name="Board" />}
      notices={<MachineNotices machines={toldMachines({ machines, online })} />}
    >
      <BoardColumns
        rows={rows}
        waits={waits}
        clock={clock}
        hrefOf={sessionPath}
        isProven={(machine) => live.has(machine)}
      />
    </Screen>
  );
}

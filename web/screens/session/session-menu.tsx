import { Archive, CircleStop, Info, Play, Server } from "lucide-react";
import type { Live, SessionRow } from "../../live/model.ts";
import { infoPath, machinePath } from "../../hooks/route.ts";
import type { useOutcome } from "../../hooks/use-outcome.ts";
import type { MenuItem } from "../../views/shell/menu-sheet.tsx";

interface MenuParts {
  readonly row: SessionRow;
  readonly live: Live;
  readonly ask: ReturnType<typeof useOutcome>["ask"];
  readonly navigate: (path: string) => void;
}

/** What can be done with a session beside talking to it; only what makes sense in its state. */
export function sessionMenu({ row, live, ask, navigate }: MenuParts): readonly MenuItem[] {
  const { machine, session } = row;
  const isDown = row.state === "ended" || row.state === "interrupted";
  const items: (MenuItem | null)[] = [
    {
      label: "Info",
      detail: "Folder, branch, model, cost",
      icon: <Info className="icon" aria-hidden />,
      onPress: () => navigate(infoPath(row)),
    },
    {
      label: `Open ${row.machineName}`,
      detail: "Its agents, projects and devices",
      icon: <Server className="icon" aria-hidden />,
      onPress: () => navigate(machinePath(machine)),
    },
    isDown
      ? {
          label: "Resume",
          detail: `Starts ${row.agent} again, where it was`,
          icon: <Play className="icon" aria-hidden />,
          onPress: () => void ask(() => live.resumeSession(machine, session)),
        }
      : {
          label: "End session",
          detail: `Stops ${row.agent}. It can be resumed`,
          icon: <CircleStop className="icon" aria-hidden />,
          onPress: () => void ask(() => live.stopSession(machine, session)),
        },
    row.archived
      ? null
      : {
          label: "Archive",
          detail: "Leaves the list. Nothing is deleted; a message brings it back",
          icon: <Archive className="icon" aria-hidden />,
          onPress: () => void ask(() => live.archiveSession(machine, session)),
        },
  ];
  return items.filter((item) => item !== null);
}

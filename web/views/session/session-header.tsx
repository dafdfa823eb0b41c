import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { SessionRow } from "../../live/model.ts";
import { IconButton } from "../../ui/button.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import type { LiveFacts } from "../../ui/live-words.ts";
import type { Clock } from "../../ui/time-words.ts";
import { Bar } from "../shell/screen.tsx";
import { costWords } from "../timeline/turn-line.tsx";
import { MenuSheet } from "../shell/menu-sheet.tsx";
import type { MenuItem } from "../shell/menu-sheet.tsx";

interface SessionHeaderProps {
  readonly row: SessionRow;
  readonly facts: LiveFacts;
  readonly clock: Clock;
  readonly backHref: string;
  readonly menu: readonly MenuItem[];
}

/** The session's title, the live line under it, and its menu. */
export function SessionHeader({ row, facts, clock, backHref, menu }: SessionHeaderProps): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const place = [row.machineName, row.agent, row.model, row.branch]
    .filter((word) => word !== undefined && word !== "")
    .join(" · ");
  return (
    <>
      <Bar
        title={row.title}
        back={{ href: backHref, label: "Back to sessions" }}
        sub={
          <>
            <LiveDot facts={facts} clock={clock} />
            <span>{place}</span>
          </>
        }
        end={
          <>
            {row.usage?.costUsd === undefined ? null : (
              <span className="spent num">{costWords(row.usage.costUsd)}</span>
            )}
            <IconButton label="Session menu" hasMenu onPress={() => setIsOpen(true)}>
              <Ellipsis className="icon" aria-hidden />
            </IconButton>
          </>
        }
      />
      {isOpen ? <MenuSheet title={row.title} items={menu} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { IconButton } from "../../ui/button.tsx";
import type { SessionTab } from "./session-tabs.tsx";

interface SideHeaderProps {
  readonly tabs: readonly SessionTab[];
  readonly current: string;
  readonly onClose?: () => void;
}

/** The head of the third pane on a wide screen: the session's other tabs. */
export function SideHeader({ tabs, current, onClose }: SideHeaderProps): ReactNode {
  return (
    <div className="side-head">
      <nav className="side-tabs" aria-label="Session">
        {tabs.map((tab) => (
          <Link key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
            {tab.name} {tab.count === undefined ? null : <span className="n">{tab.count}</span>}
          </Link>
        ))}
      </nav>
      {onClose === undefined ? null : (
        <IconButton label="Close pane" onPress={onClose}>
          <X className="icon" aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

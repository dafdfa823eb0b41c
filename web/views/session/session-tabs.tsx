import type { ReactNode } from "react";
import { Link } from "wouter";

/** One of a session's screens. */
export interface SessionTab {
  readonly name: string;
  readonly href: string;
  readonly count?: number;
}

/** The tabs of a session, as words, at the bottom of its pane. */
export function SessionTabs({ tabs, current }: { tabs: readonly SessionTab[]; current: string }): ReactNode {
  return (
    <nav className="tabs" data-words="" aria-label="Session">
      {tabs.map((tab) => (
        <Link key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
          {tab.name} {tab.count === undefined ? null : <span className="n">{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}

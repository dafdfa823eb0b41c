import { Inbox, Kanban, Menu, Plus, StretchHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";

/** A root screen. */
export type RootName = "Sessions" | "Inbox" | "Board" | "More";

const ROOTS = [
  ["Sessions", StretchHorizontal],
  ["Inbox", Inbox],
  ["Board", Kanban],
  ["More", Menu],
] as const;

interface MainNavProps {
  readonly current: RootName | null;
  readonly hrefs: Readonly<Record<RootName, string>>;
  /** Open waits; shown beside Inbox. */
  readonly waits: number;
  readonly onNewSession: () => void;
}

/** The bar under the thumb, a rail from 900 px; New session sits in it. */
export function MainNav({ current, hrefs, waits, onNewSession }: MainNavProps): ReactNode {
  return (
    <nav className="tabs" aria-label="Main">
      {ROOTS.map(([name, Icon]) => (
        <Link key={name} href={hrefs[name]} aria-current={name === current ? "page" : undefined}>
          <Icon className="icon" aria-hidden />
          <span>{name}</span>
          {name === "Inbox" && waits > 0 ? (
            <span className="count" aria-hidden>
              {waits}
            </span>
          ) : null}
        </Link>
      ))}
      <button type="button" className="new" aria-label="New session" onClick={onNewSession}>
        <Plus className="icon" aria-hidden />
      </button>
    </nav>
  );
}

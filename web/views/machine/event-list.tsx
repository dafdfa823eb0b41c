import type { ReactNode } from "react";
import { Ticked } from "../../ui/ticked.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { stampWords } from "../../ui/time-words.ts";

/** One thing that happened on this machine. `what` may hold code in `backticks`. */
export interface DatedEvent {
  readonly key: string;
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

/** Who did what, newest first. */
export function EventList({ entries, clock }: { entries: readonly DatedEvent[]; clock: Clock }): ReactNode {
  return (
    <ul className="events">
      {entries.map((entry) => (
        <li key={entry.key}>
          <time className="num" dateTime={new Date(entry.at).toISOString()}>
            {stampWords(entry.at, clock)}
          </time>
          <span>
            <b>{entry.who}</b> <Ticked text={entry.what} />
          </span>
        </li>
      ))}
    </ul>
  );
}

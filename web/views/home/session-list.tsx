import { useMemo } from "react";
import type { ReactNode } from "react";
import type { SessionRow as SessionFacts, WaitView } from "../../live/model.ts";
import { Section } from "../../ui/row.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { clockWords } from "../../ui/time-words.ts";
import { SessionRow } from "./session-row.tsx";
import type { SessionSection } from "./session-words.ts";
import { sectionName, sectionOf } from "./session-words.ts";

const BUSY: readonly SessionSection[] = ["Needs you", "Interrupted", "Running"];
/** What these say may have changed since it was last proven. */
const CHANGES_BY_ITSELF: ReadonlySet<SessionSection> = new Set(["Needs you", "Running"]);
const AT_REST: readonly SessionSection[] = ["Idle", "Done"];

interface SessionListProps {
  readonly rows: readonly SessionFacts[];
  readonly hrefOf: (row: SessionFacts) => string;
  readonly clock: Clock;
  /** By machine: proven live now. The others are listed in the past tense. */
  readonly isProven: (machine: string) => boolean;
  /** Epoch ms of the newest proof, when nothing is proven any more. */
  readonly confirmedAt?: number | null;
  readonly current?: string | undefined;
  /** Open waits, newest first; a row says what its session asks. */
  readonly waits?: readonly WaitView[];
  /** What stands in place of the rows that need somebody: the open cards on a phone's home. */
  readonly needsYou?: ReactNode;
  /** What this device has not got through yet: above everything that is at rest, however much that is. */
  readonly unsent?: ReactNode;
}

/** Sessions by what they need: a person, time, or nothing. An empty section is not there. */
export function SessionList(props: SessionListProps): ReactNode {
  return (
    <>
      <Sections {...props} order={BUSY} />
      {props.unsent}
      <Sections {...props} order={AT_REST} />
    </>
  );
}

function Sections(props: SessionListProps & { readonly order: readonly SessionSection[] }): ReactNode {
  const { order, rows, hrefOf, clock, isProven, confirmedAt, current, needsYou, waits = [] } = props;
  const sections = useMemo(() => Object.groupBy(rows, sectionOf), [rows]);
  return order.map((section) => {
    const inside = sections[section] ?? [];
    if (inside.length === 0) return null;
    const isSure = confirmedAt === undefined || confirmedAt === null;
    const count =
      isSure || !CHANGES_BY_ITSELF.has(section) ? inside.length : `at ${clockWords(confirmedAt, clock.zone)}`;
    return (
      <Section key={section} name={sectionName(section, isSure)} count={count}>
        {section === "Needs you" && needsYou !== undefined ? (
          needsYou
        ) : (
          <ul>
            {inside.map((row) => (
              <li key={row.session}>
                <SessionRow
                  row={row}
                  href={hrefOf(row)}
                  clock={clock}
                  isProven={isProven(row.machine)}
                  isCurrent={row.session === current}
                  wait={waits.find((wait) => wait.session === row.session)}
                />
              </li>
            ))}
          </ul>
        )}
      </Section>
    );
  });
}

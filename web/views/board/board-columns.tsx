// The board: sunken columns side by side, a tile per session, and under each column the rule that computes it.
import { useId } from "react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { SessionRow, WaitView } from "../../live/model.ts";
import type { GlyphState } from "../../ui/state-glyph.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Ticked } from "../../ui/ticked.tsx";
import { Time } from "../../ui/time.tsx";
import type { Clock } from "../../ui/time-words.ts";
import type { SessionSection } from "../home/session-words.ts";
import { sectionOf } from "../home/session-words.ts";
import { waitLine } from "../waits/wait-words.ts";
import { withShortPaths } from "../../ui/workspace-path.ts";

interface BoardColumnsProps {
  readonly rows: readonly SessionRow[];
  /** Open waits, newest first. */
  readonly waits: readonly WaitView[];
  readonly clock: Clock;
  readonly hrefOf: (row: SessionRow) => string;
  readonly isProven: (machine: string) => boolean;
}

interface ColumnFacts {
  readonly section: SessionSection;
  readonly name: string;
  readonly glyph: GlyphState;
  /** How it is computed. */
  readonly rule: string;
  /** The same where no machine of its rows is proven any more. */
  readonly wasRule?: string;
  /** Only there while something stands in it. */
  readonly isRare?: true;
}

const COLUMNS: readonly ColumnFacts[] = [
  {
    section: "Needs you",
    name: "Waiting",
    glyph: "waiting",
    rule: "Waits for a person",
    wasRule: "Waited for a person when last confirmed",
  },
  {
    section: "Interrupted",
    name: "Interrupted",
    glyph: "interrupted",
    rule: "Stopped in the middle. Open one to resume it",
    isRare: true,
  },
  {
    section: "Running",
    name: "Working",
    glyph: "running",
    rule: "The agent works",
    wasRule: "The agent worked when last confirmed",
  },
  { section: "Idle", name: "Idle", glyph: "idle", rule: "Ready for the next message" },
  { section: "Done", name: "Done", glyph: "done", rule: "Ended or failed" },
];

/** Every column, also an empty one: that nothing waits is worth seeing. */
export function BoardColumns({ rows, waits, clock, hrefOf, isProven }: BoardColumnsProps): ReactNode {
  const columns = Object.groupBy(rows, sectionOf);
  return (
    <div className="board" tabIndex={0} role="group" aria-label="Columns">
      {COLUMNS.map(({ section, name, glyph, rule, wasRule = rule, isRare = false }) => {
        const inside = columns[section] ?? [];
        if (isRare && inside.length === 0) return null;
        const isSure = inside.length === 0 || inside.some((row) => isProven(row.machine));
        return (
          <Column
            key={section}
            name={name}
            glyph={isSure || section !== "Running" ? glyph : "confirming"}
            rule={isSure ? rule : wasRule}
            count={inside.length}
          >
            {inside.map((row) => (
              <li key={row.session}>
                <Tile
                  row={row}
                  clock={clock}
                  href={hrefOf(row)}
                  isProven={isProven(row.machine)}
                  wait={waits.find((wait) => wait.session === row.session)}
                />
              </li>
            ))}
          </Column>
        );
      })}
    </div>
  );
}

interface ColumnProps {
  readonly name: string;
  readonly glyph: GlyphState;
  readonly rule: string;
  readonly count: number;
  readonly children: readonly ReactNode[];
}

function Column({ name, glyph, rule, count, children }: ColumnProps): ReactNode {
  const id = useId();
  return (
    <section className="col" aria-labelledby={id}>
      <h2>
        <StateGlyph state={glyph} label={null} />
        <span id={id}>{name}</span>
        <span className="n">{count}</span>
      </h2>
      {count === 0 ? null : <ul>{children}</ul>}
      <p className="rule">{count === 0 ? `Nothing. ${rule}` : rule}</p>
    </section>
  );
}

interface TileProps {
  readonly row: SessionRow;
  readonly clock: Clock;
  readonly href: string;
  readonly isProven: boolean;
  readonly wait: WaitView | undefined;
}

function Tile({ row, clock, href, isProven, wait }: TileProps): ReactNode {
  const said = sayWords(row, wait, isProven, clock);
  // Only the title is inside the link, so that its name is its text; its hit area covers the tile.
  return (
    <div className="tile">
      <Link href={href}>{row.title}</Link>
      {said === null ? null : (
        <span className="say" data-tone={wait === undefined ? (row.error === undefined ? undefined : "fail") : "wait"}>
          <Ticked text={said} />
        </span>
      )}
      <span className="m">
        <span>{[row.agent, row.project].join(" · ")}</span>
        <Time at={row.since} clock={clock} />
      </span>
    </div>
  );
}

function sayWords(row: SessionRow, wait: WaitView | undefined, isProven: boolean, clock: Clock): string | null {
  if (wait !== undefined) return waitLine(wait, clock);
  if (row.error !== undefined) return `Failed: ${row.error}`;
  if (row.last === "" || row.state !== "running") return null;
  const last = withShortPaths(row.last);
  return isProven ? last : `Last seen: ${last}`;
}

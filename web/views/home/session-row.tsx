import { memo } from "react";
import type { ReactNode } from "react";
import type { SessionRow as SessionFacts, WaitView } from "../../live/model.ts";
import { Row } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Ticked } from "../../ui/ticked.tsx";
import { Time } from "../../ui/time.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { waitLine } from "../waits/wait-words.ts";
import { glyphOf, placeOf } from "./session-words.ts";
import { withShortPaths } from "../../ui/workspace-path.ts";

interface SessionRowProps {
  readonly row: SessionFacts;
  readonly href: string;
  readonly clock: Clock;
  /** The machine is proven live, so "now" is now. */
  readonly isProven: boolean;
  readonly isCurrent?: boolean;
  /** The newest open wait of the session: what it asks stands in place of what it does. */
  readonly wait?: WaitView | undefined;
}

/** A link named by the session's title: its state, what it does now, where. */
export const SessionRow = memo(function SessionRow({
  row,
  href,
  clock,
  isProven,
  isCurrent = false,
  wait,
}: SessionRowProps): ReactNode {
  const now = nowWords(row, isProven, wait, clock);
  return (
    <Row
      href={href}
      isCurrent={isCurrent}
      glyph={<StateGlyph state={wait?.kind === "limit" ? "limit" : glyphOf(row, isProven)} />}
      title={row.title}
      now={now === null ? undefined : <Ticked text={now} />}
      meta={<Meta row={row} />}
      end={<Time at={row.since} clock={clock} />}
    />
  );
});

function nowWords(row: SessionFacts, isProven: boolean, wait: WaitView | undefined, clock: Clock): string | null {
  if (wait !== undefined) return waitLine(wait, clock);
  if (row.state === "interrupted") return "Interrupted. Open it to resume";
  if ((row.state !== "running" && row.state !== "starting") || row.last === "") return null;
  const last = withShortPaths(row.last);
  return isProven ? last : `Last seen: ${last}`;
}

function Meta({ row }: { row: SessionFacts }): ReactNode {
  if (row.error !== undefined) {
    return (
      <>
        <span data-tone="fail">Failed:</span> {row.error}
      </>
    );
  }
  const queued = row.queued > 0 ? ` · ${row.queued} queued` : "";
  return placeOf(row) + queued;
}

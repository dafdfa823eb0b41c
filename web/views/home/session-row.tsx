import { memo } from "react";
import type { ReactNode } from "react";
import type { SessionRow as SessionFacts } from "../../live/model.ts";
import { Row } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Ticked } from "../../ui/ticked.tsx";
import { Time } from "../../ui/time.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { glyphOf, placeOf } from "./session-words.ts";

interface SessionRowProps {
  readonly row: SessionFacts;
  readonly href: string;
  readonly clock: Clock;
  /** The machine is proven live, so "now" is now. */
  readonly isProven: boolean;
  readonly isCurrent?: boolean;
}

/** A link named by the session's title: its state, what it does now, where. */
export const SessionRow = memo(function SessionRow({
  row,
  href,
  clock,
  isProven,
  isCurrent = false,
}: SessionRowProps): ReactNode {
  const isBusy = row.state === "running" || row.state === "starting";
  return (
    <Row
      href={href}
      isCurrent={isCurrent}
      glyph={<StateGlyph state={glyphOf(row, isProven)} />}
      title={row.title}
      now={isBusy && row.last !== "" ? <Ticked text={isProven ? row.last : `Last seen: ${row.last}`} /> : undefined}
      meta={<Meta row={row} />}
      end={<Time at={row.since} clock={clock} />}
    />
  );
});

function Meta({ row }: { row: SessionFacts }): ReactNode {
  if (row.error !== undefined) {
    return (
      <>
        <span data-tone="fail">Failed:</span> {row.error}
      </>
    );
  }
  if (row.state === "interrupted") return "Interrupted. Open it to resume";
  const queued = row.queued > 0 ? ` · ${row.queued} queued` : "";
  return placeOf(row) + queued;
}

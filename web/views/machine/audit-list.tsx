import type { ReactNode } from "react";
import { Group, Row, Section } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { clockWords } from "../../ui/time-words.ts";
import { byDay, type AuditRow } from "./audit-words.ts";

/** What was asked of a machine and what became of it, newest first, a section for each day. */
export function AuditList({ rows, clock }: { rows: readonly AuditRow[]; clock: Clock }): ReactNode {
  return byDay(rows, clock).map((day) => (
    <Section key={day.name} name={day.name} count={day.rows.length}>
      <Group label={day.name}>
        {day.rows.map((row) => (
          <AuditLine key={row.key} row={row} clock={clock} />
        ))}
      </Group>
    </Section>
  ));
}

function AuditLine({ row, clock }: { row: AuditRow; clock: Clock }): ReactNode {
  const { what, about, at, result } = row;
  const time = clockWords(at, clock.zone);
  return (
    <Row
      glyph={<StateGlyph state={result.state} label={null} />}
      title={what}
      meta={about === null ? time : `${time} · ${about}`}
      end={result.word}
      endTone={result.tone}
    />
  );
}

import { ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import type { OutboxRow } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { DeliveryMark } from "../../ui/delivery-mark.tsx";
import type { DeliveryFacts } from "../../ui/delivery-words.ts";
import { Row, Section } from "../../ui/row.tsx";
import { Time } from "../../ui/time.tsx";

interface OutboxListProps {
  readonly rows: readonly OutboxRow[];
  readonly facts: Omit<DeliveryFacts, "refusal">;
  readonly onRetry: (row: OutboxRow) => void;
  readonly onDismiss: (row: OutboxRow) => void;
}

/** What is on this device and not finished: nothing here has been read by an agent yet. */
export function OutboxList({ rows, facts, onRetry, onDismiss }: OutboxListProps): ReactNode {
  if (rows.length === 0) return null;
  return (
    <Section name={`On this ${facts.device}`} count={rows.length}>
      <ul>
        {rows.map((row) => (
          <li key={`${row.command.machine}/${row.command.g}/${row.command.ctr}`} data-delivery={row.delivery}>
            <Row
              glyph={<ArrowUp className="icon" aria-hidden />}
              title={row.label}
              meta={row.sessionTitle ?? undefined}
              end={<Time at={row.at} clock={facts.clock} />}
              below={
                <>
                  <DeliveryMark delivery={row.delivery} facts={{ ...facts, refusal: row.refusal }} />
                  {row.delivery === "refused" || row.delivery === "unknown" ? (
                    <div className="fix">
                      <Button size="small" label={`Send again: ${row.label}`} onPress={() => onRetry(row)}>
                        Send again
                      </Button>
                      <Button size="small" kind="plain" label={`Dismiss: ${row.label}`} onPress={() => onDismiss(row)}>
                        Dismiss
                      </Button>
                    </div>
                  ) : null}
                </>
              }
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}

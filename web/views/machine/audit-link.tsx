import { ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import { auditPath } from "../../hooks/route.ts";
import type { MachineId } from "../../live/model-schema.ts";
import { Group, Row, Section } from "../../ui/row.tsx";

/** The way from a machine to what was asked of it. */
export function AuditLink({ machine }: { machine: MachineId }): ReactNode {
  return (
    <Section name="Audit">
      <Group>
        {[
          <Row
            key="audit"
            glyph={<ScrollText className="icon" aria-hidden />}
            title="Everything asked of this machine"
            meta="Who, which device, when, and what became of it"
            href={auditPath(machine)}
          />,
        ]}
      </Group>
    </Section>
  );
}

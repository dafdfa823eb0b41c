import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import type { MachineView } from "../../live/model.ts";
import { liveGlyph, liveWords } from "../../ui/live-words.ts";
import { Group, Row, Section } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";

/** Another place to go from here. */
export interface MoreLink {
  readonly name: string;
  readonly detail: string;
  readonly href: string;
  readonly icon: ReactNode;
}

interface MoreListProps {
  readonly machines: readonly Pick<MachineView, "machine" | "name" | "liveness" | "alarm">[];
  readonly machineHref: (machine: string) => string;
  readonly links: readonly MoreLink[];
  readonly clock: Clock;
  readonly onPair: () => void;
}

/** Machines, and everything that has no place in the bar. */
export function MoreList({ machines, machineHref, links, clock, onPair }: MoreListProps): ReactNode {
  const chevron = <ChevronRight className="icon" aria-hidden />;
  return (
    <div className="column">
      <Section name="Machines" count={machines.length} action={{ label: "Add a machine", onPress: onPair }}>
        <Group label="Machines">
          {machines.map((machine) => (
            <Row
              key={machine.machine}
              isMiddle
              href={machineHref(machine.machine)}
              glyph={<StateGlyph state={liveGlyph(machine)} label={null} />}
              title={machine.name}
              meta={liveWords(machine, clock)}
              end={chevron}
            />
          ))}
        </Group>
      </Section>
      {links.length === 0 ? null : (
        <Section name="This app">
          <Group label="This app">
            {links.map((link) => (
              <Row
                key={link.name}
                isMiddle
                href={link.href}
                glyph={link.icon}
                title={link.name}
                meta={link.detail}
                end={chevron}
              />
            ))}
          </Group>
        </Section>
      )}
    </div>
  );
}

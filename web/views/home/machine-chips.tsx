import type { ReactNode } from "react";
import type { MachineView } from "../../live/model.ts";
import { Chip } from "../../ui/chip.tsx";
import { liveGlyph, liveWords } from "../../ui/live-words.ts";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";

interface MachineChipsProps {
  readonly machines: readonly Pick<MachineView, "machine" | "name" | "liveness" | "alarm" | "refused">[];
  /** The machine whose sessions alone are listed. */
  readonly chosen: string | null;
  readonly clock: Clock;
  readonly onChoose: (machine: string | null) => void;
}

/** Each machine with its presence: a shape, its name and a reason. A tap lists only its sessions, another lists all. */
export function MachineChips({ machines, chosen, clock, onChoose }: MachineChipsProps): ReactNode {
  return (
    <div className="chips" role="group" aria-label="Machines">
      {machines.map((machine) => {
        const isChosen = machine.machine === chosen;
        return (
          <Chip
            key={machine.machine}
            live={machine.liveness.status}
            isPressed={isChosen}
            onPress={() => onChoose(isChosen ? null : machine.machine)}
          >
            <StateGlyph state={machine.refused === null ? liveGlyph(machine) : "trouble"} label={null} />
            <b>{machine.name}</b>{" "}
            {machine.refused === null ? liveWords(machine, clock) : REFUSED_WORDS[machine.refused]}
          </Chip>
        );
      })}
    </div>
  );
}

const REFUSED_WORDS = {
  revoked: "this device was revoked",
  held: "waits to be confirmed there",
  outdated: "has older keys than this device",
} as const satisfies Record<NonNullable<MachineView["refused"]>, string>;

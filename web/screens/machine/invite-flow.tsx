import { useState } from "react";
import type { ReactNode } from "react";
import { useLive } from "../../hooks/page-context.tsx";
import { useClock } from "../../hooks/use-now.ts";
import type { MachineView } from "../../live/model.ts";
import { reasonWords } from "../../ui/delivery-words.ts";
import type { InviteScope, InviteState } from "../../views/machine/invite-sheet.tsx";
import { InviteSheet } from "../../views/machine/invite-sheet.tsx";

/** What this flow itself did; who came is read from the machine's documents. */
type Made =
  | { readonly step: "choose" | "making" }
  | { readonly step: "failed"; readonly reason: string }
  | {
      readonly step: "link";
      readonly url: string;
      readonly until: number;
      /** Devices there were before: a new one is the one that was invited. */
      readonly before: ReadonlySet<string>;
      readonly refused?: string;
    };

/** Pairing another device from this one, from the choice of its scope to its name in the list. */
export function InviteFlow({ machine, onClose }: { machine: MachineView; onClose: () => void }): ReactNode {
  const live = useLive();
  const clock = useClock("second");
  const [made, setMade] = useState<Made>({ step: "choose" });
  const make = async (scope: InviteScope): Promise<void> => {
    setMade({ step: "making" });
    const before = new Set<string>(machine.devices.map((device) => device.d));
    const outcome = await live.invite(machine.machine, scope, false);
    if (outcome.ok) setMade({ step: "link", url: outcome.data.url, until: outcome.data.exp, before });
    else setMade({ step: "failed", reason: reasonWords(outcome.refusal) });
  };
  const [waiting] = machine.pairing;
  const accept = async (code: string): Promise<void> => {
    if (waiting === undefined || made.step !== "link") return;
    const outcome = await live.acceptPairing(machine.machine, waiting.pid, code);
    if (!outcome.ok) setMade({ ...made, refused: reasonWords(outcome.refusal) });
  };
  return (
    <InviteSheet
      machineName={machine.name}
      state={stateOf(made, machine)}
      clock={clock}
      onMake={(scope) => void make(scope)}
      onDigits={(code) => void accept(code)}
      onClose={onClose}
    />
  );
}

function stateOf(made: Made, machine: MachineView): InviteState {
  if (made.step !== "link") return made;
  const joined = machine.devices.find((device) => !made.before.has(device.d));
  if (joined !== undefined) return { step: "paired", name: joined.name };
  const [waiting] = machine.pairing;
  if (waiting === undefined) return { step: "link", url: made.url, until: made.until };
  return { step: "digits", name: waiting.name, until: waiting.until, refused: made.refused };
}

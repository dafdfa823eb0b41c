import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { sessionPath } from "../../hooks/route.ts";
import type { WaitDeeds } from "../../hooks/use-wait-actions.ts";
import { isAway } from "../../hooks/use-wait-actions.ts";
import type { MachineView, WaitView } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { WaitStack } from "../../views/waits/wait-stack.tsx";

interface HomeStackProps {
  /** Newest first; at least one. */
  readonly waits: readonly WaitView[];
  readonly machines: readonly MachineView[];
  readonly clock: Clock;
  readonly deeds: WaitDeeds;
}

/** What waits, on home: the newest answered in place. */
export function HomeStack({ waits, machines, clock, deeds }: HomeStackProps): ReactNode {
  const { device } = usePage();
  const machine = machines.find((each) => each.machine === waits[0]?.machine);
  return (
    <WaitStack
      waits={waits}
      clock={clock}
      hrefOf={sessionPath}
      isAway={isAway(machine)}
      device={device}
      onAnswer={deeds.answer}
      onStop={deeds.stop}
      {...(machine?.scope === "admin" ? { onTrust: deeds.trust } : {})}
    />
  );
}

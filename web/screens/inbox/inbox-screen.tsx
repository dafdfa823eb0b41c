// Every open wait of every machine, newest first, answered in place.
import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { sessionPath } from "../../hooks/route.ts";
import { useApp } from "../../hooks/use-app.ts";
import { grainFor, useClock } from "../../hooks/use-now.ts";
import { isAway, useWaitActions } from "../../hooks/use-wait-actions.ts";
import { NothingWaits } from "../../views/waits/nothing-waits.tsx";
import { Screen, TitleBar } from "../../views/shell/screen.tsx";
import { WaitCard } from "../../views/waits/wait-card.tsx";
import { MachineNotices } from "../shell/machine-notices.tsx";
import { RefusalNotice } from "../shell/refusal-notice.tsx";
import { toldMachines } from "../shell/told-machines.ts";

/** The Inbox. */
export function InboxScreen(): ReactNode {
  const { device } = usePage();
  const { waits, machines, online } = useApp();
  const minute = useClock("minute");
  const hasCountdown = waits.some((wait) => wait.until !== undefined);
  const clock = useClock(grainFor({ times: waits.map((wait) => wait.since), hasCountdown }, minute.now));
  const deeds = useWaitActions();
  // With nothing to answer, a machine that is silent may have something all the same.
  const told =
    waits.length === 0
      ? toldMachines({ machines, online })
      : machines.filter((each) => waits.some((wait) => wait.machine === each.machine));
  return (
    <Screen
      header={<TitleBar name="Inbox" {...(waits.length === 0 ? {} : { aside: `${waits.length} waiting` })} />}
      notices={
        <>
          <MachineNotices machines={told} />
          <RefusalNotice refusal={deeds.refusal} onClose={deeds.clear} />
        </>
      }
    >
      {waits.length === 0 ? (
        <NothingWaits isSure={!machines.some(isAway)} />
      ) : (
        <ul className="column" aria-label="Waiting for you">
          {waits.map((wait, index) => {
            const machine = machines.find((each) => each.machine === wait.machine);
            const isSilent = isAway(machine);
            return (
              <li key={wait.wid}>
                <WaitCard
                  wait={wait}
                  clock={clock}
                  place="elsewhere"
                  href={sessionPath(wait)}
                  isFirst={index === 0 && !isSilent}
                  isAway={isSilent}
                  device={device}
                  onAnswer={(answer) => deeds.answer(wait, answer)}
                  onStop={() => deeds.stop(wait)}
                  onTrust={machine?.scope === "admin" ? (digest) => deeds.trust(wait, digest) : undefined}
                  onRetry={() => deeds.retry(wait)}
                  onDismiss={() => deeds.dismiss(wait)}
                />
              </li>
            );
          })}
        </ul>
      )}
    </Screen>
  );
}

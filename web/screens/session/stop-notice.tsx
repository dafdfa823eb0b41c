import { Square, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { usePage } from "../../hooks/page-context.tsx";
import { useClock } from "../../hooks/use-now.ts";
import type { MachineView, OutboxRow } from "../../live/model.ts";
import { Button } from "../../ui/button.tsx";
import { deliveryWords, plainReason } from "../../ui/delivery-words.ts";
import { Notice } from "../../ui/notice.tsx";

/** A machine that is there stops within this; sooner it is no news. ms. */
const NEWS_AFTER_MS = 1000;

/** Where a Stop is that was tapped while the agent works on: on its way, or not carried out and why. */
export function StopNotice({ stop, machine }: { stop: OutboxRow; machine: MachineView }): ReactNode {
  const { live, device } = usePage();
  const clock = useClock("second");
  if (isStuck(stop)) {
    return (
      <Notice
        tone="warn"
        icon={<TriangleAlert className="icon" aria-hidden />}
        fact={stop.delivery === "refused" ? "It was not stopped." : "Whether it was stopped is unknown."}
        actions={
          <Button size="small" kind="plain" label="Dismiss: Stop" onPress={() => void live.dismiss(stop.command)}>
            Dismiss
          </Button>
        }
      >
        {stop.refusal === null ? "" : plainReason(stop.refusal)}
      </Notice>
    );
  }
  if (clock.now - stop.at < NEWS_AFTER_MS) return null;
  const isMachineAway = machine.liveness.status !== "live";
  const where = deliveryWords(stop.delivery, { device, clock, machine: machine.name, isMachineAway });
  return (
    <Notice icon={<Square className="icon" aria-hidden />} fact={`Stop is ${where}.`}>
      The agent works on until {machine.name} has it.
    </Notice>
  );
}

/** It will not come about by itself: Stop may be tapped again. */
export function isStuck({ delivery }: OutboxRow): boolean {
  return delivery === "refused" || delivery === "unknown";
}

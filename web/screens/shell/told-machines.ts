// Which machines a screen about all of them has a notice for.
import type { AppView, MachineView } from "../../live/model.ts";

/** With several machines one that sleeps or lost its relay is no news: its chip says so. */
export function toldMachines({ machines, online }: Pick<AppView, "machines" | "online">): readonly MachineView[] {
  if (!online || machines.length === 1) return machines;
  return machines.filter(({ refused, alarm }) => refused !== null || (alarm !== null && alarm.kind !== "relay-absent"));
}

// Which machines a screen about all of them has a notice for.
import type { Route } from "../../hooks/route.ts";
import type { Alarm, AppView, MachineView } from "../../live/model.ts";

type Facts = Pick<AppView, "machines" | "online">;

/** With several machines one that sleeps or lost its relay is no news: its chip says so. */
export function toldMachines({ machines, online }: Facts): readonly MachineView[] {
  if (!online || machines.length === 1) return machines;
  return machines.filter(({ refused, alarm }) => refused !== null || (alarm !== null && alarm.kind !== "relay-absent"));
}

/** The same for the list beside another screen, without what that screen tells by itself. */
export function toldBeside(facts: Facts, current: Route | undefined): readonly MachineView[] {
  const told = toldMachines(facts);
  if (current === undefined) return told;
  if (!("machine" in current) || !facts.machines.some(({ machine }) => machine === current.machine)) return told;
  if (!facts.online) return [];
  return told.filter(({ machine, alarm }) => machine !== current.machine || isOfAnother(alarm, current));
}

/** A conversation with an alarm of its own hides what its machine says of another one. */
function isOfAnother(alarm: Alarm | null, current: Route): boolean {
  if (alarm === null || alarm.kind === "relay-absent" || current.name !== "session") return false;
  return alarm.session !== current.session;
}

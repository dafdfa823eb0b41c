// Every parser of untrusted bytes that there is. A new parser is a new row in the file of its area.
import type { FuzzTarget } from "./target.ts";
import { AGENT_TARGETS } from "./targets/agents.ts";
import { DOOR_TARGETS } from "./targets/doors.ts";
import { MACHINE_TARGETS } from "./targets/machine.ts";
import { SCREEN_TARGETS } from "./targets/screens.ts";
import { SEALED_TARGETS } from "./targets/sealed.ts";
import { WIRE_TARGETS } from "./targets/wire.ts";

/** All targets, in the order of their areas. */
export const TARGETS: readonly FuzzTarget[] = [
  ...WIRE_TARGETS,
  ...SEALED_TARGETS,
  ...DOOR_TARGETS,
  ...AGENT_TARGETS,
  ...MACHINE_TARGETS,
  ...SCREEN_TARGETS,
];

/** The target of a name; undefined when there is none. */
export function targetNamed(name: string): FuzzTarget | undefined {
  return TARGETS.find((target) => target.name === name);
}

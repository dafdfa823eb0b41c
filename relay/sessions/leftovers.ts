// Agents of an earlier boot that outlived their relay. A pid alone may belong to somebody else by now, so only a process
// whose start time is the recorded one is ended, with its group.
import { setTimeout as delay } from "node:timers/promises";
import { FORCE_KILL_AFTER_MS } from "../../schema/index.ts";
import { isGroupAlive, readStartTime, signalGroup } from "../agents/process-group.ts";
import { LEFTOVER_POLL_MS } from "./session-limits.ts";

export interface Leftover {
  readonly pid: number;
  readonly pidStart: string;
}

/**
 * Ends that very process and its group: SIGTERM, then SIGKILL after `forceKillAfterMs`. False when it is not there any
 * more, or its pid is another process now; nothing is signalled then. Resolves when the group is gone.
 */
export async function endLeftover(
  { pid, pidStart }: Leftover,
  { forceKillAfterMs = FORCE_KILL_AFTER_MS }: { readonly forceKillAfterMs?: number } = {},
): Promise<boolean> {
  if ((await readStartTime(pid)) !== pidStart) return false;
  if (!signalGroup(pid, "SIGTERM")) return false;
  const killAt = performance.now() + forceKillAfterMs;
  let isKilled = false;
  while (await isGroupAlive(pid)) {
    if (!isKilled && performance.now() >= killAt) isKilled = signalGroup(pid, "SIGKILL");
    await delay(LEFTOVER_POLL_MS);
  }
  return true;
}

// Why nothing can be written into a session from this device, in words.
import type { MachineView, SessionRow } from "../../live/model.ts";

/** Undefined when it can. `isFrozen`: there are two versions of the conversation. */
export function holdWords(
  { machineName }: Pick<SessionRow, "machineName">,
  { refused, scope }: Pick<MachineView, "refused" | "scope">,
  isFrozen: boolean,
): string | undefined {
  if (refused === "held") return `Nothing can be sent until this device is confirmed on ${machineName}.`;
  if (refused === "outdated") return `Nothing arrives on ${machineName} while it has older keys than this device.`;
  if (refused === "revoked") return `This device can no longer write to ${machineName}. Pair it again.`;
  if (scope === "view") {
    return `This device may read on ${machineName}, not write. Another device can change that by pairing it anew.`;
  }
  if (isFrozen) return `Frozen, with both versions kept. Read on ${machineName} which of them is true.`;
  return undefined;
}

import type { Clock } from "./time-words.ts";
import { momentWords } from "./time-words.ts";

/** Where a message is. The tag is the value of `data-delivery`; each state carries only what is known in it. */
export type Delivery =
  | { readonly at: "device" }
  | { readonly at: "stored"; readonly machine?: string | undefined; readonly isMachineAway?: boolean }
  | { readonly at: "machine"; readonly ahead?: number | undefined }
  | { readonly at: "agent"; readonly readAt?: number | undefined }
  | { readonly at: "refused"; readonly reason: string }
  | { readonly at: "unknown"; readonly machine?: string | undefined };

/** What this device is called in a sentence: "on this phone". */
export type DeviceWord = "phone" | "computer" | "device";

/** The words beside the dashes. `ahead` counts the prompts before this one in the session's queue. */
export function deliveryWords(delivery: Delivery, device: DeviceWord, clock: Clock): string {
  switch (delivery.at) {
    case "device":
      return `on this ${device}`;
    case "stored":
      return delivery.isMachineAway === true ? `stored, ${delivery.machine ?? "the machine"} is asleep` : "stored";
    case "machine":
      return delivery.ahead === undefined ? "on the machine" : `on the machine, ${placeWords(delivery.ahead)}`;
    case "agent":
      return delivery.readAt === undefined ? "read by agent" : `read by agent ${momentWords(delivery.readAt, clock)}`;
    case "refused":
      return `refused: ${delivery.reason}`;
    case "unknown":
      return `unknown, asking ${delivery.machine ?? "the machine"}`;
  }
}

function placeWords(ahead: number): string {
  return ahead === 0 ? "next in line" : `${ahead} before it`;
}

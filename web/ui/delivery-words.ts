import type { Delivery, Refusal } from "../live/model.ts";
import type { Clock } from "./time-words.ts";
import { momentWords } from "./time-words.ts";

/** What this device is called in a sentence: "on this phone". */
export type DeviceWord = "phone" | "computer" | "device";

/** What is known beside the state itself; each fact is used only where it is true. */
export interface DeliveryFacts {
  readonly device: DeviceWord;
  readonly clock: Clock;
  readonly machine?: string | undefined;
  /** The machine is not proven live, so a stored message will wait. */
  readonly isMachineAway?: boolean | undefined;
  /** Prompts before this one in the session's queue. */
  readonly ahead?: number | undefined;
  /** Epoch ms when the agent took it. */
  readonly readAt?: number | undefined;
  readonly refusal?: Refusal | null | undefined;
}

/** The words beside the dashes. A refusal gives the tool's own words where there are some, else its code. */
export function deliveryWords(delivery: Delivery, facts: DeliveryFacts): string {
  const machine = facts.machine ?? "the machine";
  switch (delivery) {
    case "device":
      return `on this ${facts.device}`;
    case "stored":
      return facts.isMachineAway === true ? `stored, ${machine} is not answering` : "stored";
    case "machine":
      return facts.ahead === undefined ? "on the machine" : `on the machine, ${placeWords(facts.ahead)}`;
    case "agent":
      return facts.readAt === undefined ? "read by agent" : `read by agent ${momentWords(facts.readAt, facts.clock)}`;
    case "refused":
      return facts.refusal === undefined || facts.refusal === null
        ? "refused"
        : `refused: ${reasonWords(facts.refusal)}`;
    case "unknown":
      return unknownWords(facts.refusal, machine);
  }
}

/** The reason word for word, then what to do. */
export function reasonWords({ code, text, next }: Refusal): string {
  const said = text === undefined || text === "" ? code : text;
  return next === undefined || next === "" ? said : `${withoutStop(said)}. ${next}`;
}

/** Without the dots and blanks at its end. An expression for that looks at every dot from every dot before it. */
function withoutStop(words: string): string {
  let end = words.length;
  while (end > 0 && /[.\s]/u.test(words.charAt(end - 1))) end--;
  return words.slice(0, end);
}

/** For a person who did not ask for codes: the tool's own words, else what to do, and the code only for want of both. */
export function plainReason(refusal: Refusal): string {
  const isSilent = refusal.text === undefined || refusal.text === "";
  return isSilent && refusal.next !== undefined ? refusal.next : reasonWords(refusal);
}

// Only what the machine never answered is still asked for; a final "indeterminate" comes to no other end by itself.
function unknownWords(refusal: Refusal | null | undefined, machine: string): string {
  if (refusal === undefined || refusal === null || refusal.code === "unanswered") return `unknown, asking ${machine}`;
  return `unknown: ${plainReason(refusal)}`;
}

function placeWords(ahead: number): string {
  return ahead === 0 ? "next in line" : `${ahead} before it`;
}

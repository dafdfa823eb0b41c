// Why a pairing failed and what to do, in calm words.
import type { PairingView } from "./model.ts";
import { PAIR_COMMAND } from "./command-line.ts";

type Failed = Extract<PairingView, { step: "failed" }>;

const WORDS: Readonly<Record<string, readonly [reason: string, next: string]>> = {
  E_SCHEMA: ["This is not a whole pairing link.", "Copy the link again, or scan the code on the machine."],
  E_PAIR_EXPIRED: [
    "This link is no longer valid. A link works once and for five minutes.",
    `Run “${PAIR_COMMAND}” on the machine for a new one.`,
  ],
  E_PAIR_USED: ["This link was already used by another device.", `Run “${PAIR_COMMAND}” on the machine for a new one.`],
  E_PAIR_CODE: ["The digits typed at the machine did not match.", `Run “${PAIR_COMMAND}” there and try again.`],
  E_AUTH: [
    "What answered is not the machine that made this link.",
    "Do not go on over this address. Make a new link at the machine and check where it leads.",
  ],
  E_OFFLINE: ["The machine is not connected to its server.", "Start Kelpie on the machine, then try this link again."],
  E_INTERNAL: ["The server stumbled.", "Try this link again in a moment."],
  E_TIMEOUT: ["The machine did not answer in time.", "Look whether Kelpie runs there, then try this link again."],
  E_RATE: ["Too many attempts from this network.", "Wait a minute, then try again."],
  E_UNCLAIMED: ["This server is not set up yet.", "Connect the machine to it, then try this link again."],
  storage: [
    "This browser does not let Kelpie keep its keys.",
    "Leave private browsing, or allow this site to store data.",
  ],
  cancelled: ["Pairing was cancelled.", "Open the link again to start over."],
};

/** The `failed` step of a code; an unknown code says so and proposes a new link. */
export function failedPairing(code: string): Failed {
  const [reason, next] = WORDS[code] ?? [
    `Pairing did not work (${code}).`,
    `Run “${PAIR_COMMAND}” on the machine for a new link.`,
  ];
  return { step: "failed", code, reason, next };
}

/** Seeds that once broke a promise, and what was mended then. They are played in every ordinary run. */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 83, found: "R9: a crash between a turn's item and its row gave one number to two turns" },
  { seed: 276, found: "R6: a result lost while the device stayed connected was never asked for again" },
  { seed: 129, found: "R6: a command that a full disk refused was never offered again" },
  { seed: 400, found: "R6: the hub refused an expiry by its own clock that the relay's clock allowed" },
  { seed: 238, found: "R6: a clock set back while the relay greeted kept it offline for a day" },
  { seed: 731, found: "R9: a turn stopped as it began left its prompts shown as read, and twice once edited" },
  { seed: 449, found: "R15: a prompt said while a device connected overtook those it had said offline" },
  { seed: 5431, found: "R15: a prompt that the hub refused for its clock was offered again behind a later one" },
  { seed: 1946, found: "R12: a journal that was put back told an interruption again that the Worker had" },
  { seed: 3800, found: "R9: a journal that was put back told a turn again that the Worker had" },
  {
    seed: 9148,
    found: "R9: a journal that was put back told a prompt again that the Worker had; and one whose turn it had",
  },
  { seed: 47781, found: "R5: after a full disk the next agent, found again, was told the turn of the one before" },
  { seed: 48505, found: "R15: what the hub only passed on, for its clock, was lost with a socket and overtaken" },
];

// Rules of commands at the relay: authentication, the replay window, what a pending or revoked device may do.
import type { Mutant } from "./mutant.ts";

const REPLAYS = {
  file: "relay/proof/malice/replays.test.ts",
  name: "S1 every stored command, played again at any time, after restarts and under any clock, has no effect",
};

export const COMMAND_MUTANTS: readonly Mutant[] = [
  {
    id: "s1-window-not-asked",
    claim: "S1",
    rule: "a counter that the window has seen runs nothing, also when its answer is forgotten",
    file: "relay/commands/verdict.ts",
    find: 'if (isUsed(window, header.ctr)) return "E_CTR_OLD";',
    replace: "",
    test: REPLAYS,
  },
];

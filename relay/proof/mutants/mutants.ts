// Every mutant of the suite.
import { COMMAND_MUTANTS } from "./command-mutants.ts";
import { DEVICE_MUTANTS } from "./device-mutants.ts";
import { DISPLAY_MUTANTS } from "./display-mutants.ts";
import { FAULT_MUTANTS } from "./fault-mutants.ts";
import { KEY_MUTANTS } from "./key-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { PARSER_MUTANTS } from "./parser-mutants.ts";
import { SIM_MUTANTS } from "./sim-mutants.ts";
import { THIEF_MUTANTS } from "./thief-mutants.ts";
import { TRUST_MUTANTS } from "./trust-mutants.ts";
import { WORKER_MUTANTS } from "./worker-mutants.ts";

/** Seeds within which the simulator must notice. */
const SIM_SEEDS = 1000;

export const MUTANTS: readonly Mutant[] = [
  ...[...COMMAND_MUTANTS, ...TRUST_MUTANTS, ...DEVICE_MUTANTS, ...WORKER_MUTANTS],
  ...[...THIEF_MUTANTS, ...PARSER_MUTANTS, ...FAULT_MUTANTS, ...DISPLAY_MUTANTS, ...KEY_MUTANTS],
  ...SIM_MUTANTS.map(({ from = 1, ...mutant }) => ({ ...mutant, sim: { seeds: SIM_SEEDS, from } })),
];

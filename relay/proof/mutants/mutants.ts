// Every mutant of the suite.
import { COMMAND_MUTANTS } from "./command-mutants.ts";
import { DEVICE_MUTANTS } from "./device-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { TRUST_MUTANTS } from "./trust-mutants.ts";
import { WORKER_MUTANTS } from "./worker-mutants.ts";

export const MUTANTS: readonly Mutant[] = [...COMMAND_MUTANTS, ...TRUST_MUTANTS, ...DEVICE_MUTANTS, ...WORKER_MUTANTS];

// Every mutant of the suite, in the order of the claims.
import type { Mutant } from "./mutant.ts";
import { COMMAND_MUTANTS } from "./command-mutants.ts";

export const MUTANTS: readonly Mutant[] = [...COMMAND_MUTANTS];

// `npm run proof -- <command> …`: what holds the promises against a lying Worker, a failing machine and a clock.

/** One command: its arguments in, its exit code out. */
export interface ProofCommand {
  run(args: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<string, () => Promise<ProofCommand>>> = {
  sim: () => import("./sim/command.ts"),
  kills: () => import("./kills/command.ts"),
  fuzz: () => import("./fuzz/command.ts"),
  mutants: () => import("./mutants/run-mutants.ts"),
  claims: () => import("./claims/write-claims.ts"),
};

process.exitCode = await start(process.argv.slice(2));

async function start([name = "", ...args]: readonly string[]): Promise<number> {
  const load = COMMANDS[name];
  if (load !== undefined) return (await load()).run(args);
  console.error(`npm run proof -- <${Object.keys(COMMANDS).join("|")}>`);
  return 2;
}

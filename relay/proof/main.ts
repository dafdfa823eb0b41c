// `npm run proof -- <sim> …`: what the promises are tested with, beyond the ordinary tests.

/** Each answers with the exit code. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  sim: async (args) => (await import("./sim/command.ts")).simulate(args),
};

const [which = "", ...rest] = process.argv.slice(2);
const chosen = COMMANDS[which];
if (chosen === undefined) {
  console.error(`Usage: npm run proof -- <${Object.keys(COMMANDS).join("|")}> …`);
  process.exitCode = 2;
} else {
  process.exitCode = await chosen(rest);
}

export {};

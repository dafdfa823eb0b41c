// How a person calls the command line: by its name where it is installed, through npm in a clone.

let isThroughNpm = false;

/** At the start of the process: npm tells a script of its own which one it is. */
export function calledWith(env: Readonly<Record<string, string | undefined>>): void {
  isThroughNpm = env["npm_lifecycle_event"] !== undefined;
}

/** The command with these words, as it can be typed here: `npm` takes what begins with a dash for its own without `--`. */
export function kelpie(words: string): string {
  if (!isThroughNpm) return `kelpie ${words}`;
  return `npm run kelpie ${/(^| )-/.test(words) ? "-- " : ""}${words}`;
}

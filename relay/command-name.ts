// How a person calls the command line: by its name where it is installed, through npm in a clone.

/** The command with these words, as it can be typed here: `npm` takes what begins with a dash for its own without `--`. */
export function kelpie(words: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env["npm_lifecycle_event"] === undefined) return `kelpie ${words}`;
  return `npm run kelpie ${/(^| )-/.test(words) ? "-- " : ""}${words}`;
}

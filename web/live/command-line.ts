// What a person types at the machine, in the folder of Kelpie: a clone puts nothing on the PATH. The relay says the same of
// itself (relay/command-name.ts); the first screen does without schema/, where it could stand once.

/** `words` of the command line. npm takes what begins with a dash for its own without `--`. */
export function throughNpm(words: string): string {
  return `npm run kelpie ${/(^| )-/.test(words) ? "-- " : ""}${words}`;
}

/** Starts a machine's relay: its Worker runs beside it, or elsewhere, at `origin`. */
export function startCommand(isWorkerLocal: boolean, origin: string): string {
  return isWorkerLocal ? "npm start" : throughNpm(`connect ${origin}`);
}

/** Makes a new pairing link. */
export const PAIR_COMMAND = throughNpm("pair");

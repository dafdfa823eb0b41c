// The relay's log: structured events with ids and codes, never a path, a prompt or a secret. One file, 0600.
import { pino, destination } from "pino";

/** Writes one event. */
export type Note = (event: string, facts?: Readonly<Record<string, unknown>>) => void;

/** The log and its end. */
export interface LogFile {
  readonly note: Note;
  /** A defect: with its stack, for whoever mends it. */
  readonly defect: (error: unknown) => void;
}

/** What a full disk refuses is kept up to here, for when there is room again; further lines are dropped. */
const HELD_BACK_CHARS = 64 * 1024;

/** Opens `path` for appending. Writes are synchronous, so that a crash leaves the lines before it. */
export function openLogFile(path: string): LogFile {
  const file = destination({ dest: path, sync: true, mode: 0o600, maxLength: HELD_BACK_CHARS });
  // A full disk: its lines wait for room, or are lost. Unheard, this error would end the relay, which goes on without them.
  file.on("error", () => undefined);
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, file);
  return {
    note: (event, facts) => logger.info({ event, ...facts }),
    defect: (error) =>
      logger.error({
        event: "defect",
        err: error instanceof Error ? { name: error.name, stack: error.stack } : String(error),
      }),
  };
}

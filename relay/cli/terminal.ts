// What a command may do to the terminal and the world: given by main.ts, so that commands run in tests as they are.
import type { FolderPlace } from "../state/state-folder.ts";

/** The edges of one run of `kelpie`. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** One line typed by the person; null when there is nobody to ask. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly isInteractive: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly place: FolderPlace;
  /** Epoch ms. */
  readonly now: () => number;
  /** Aborts at SIGINT, SIGTERM or SIGHUP; with the reason RESTART at SIGUSR2. */
  readonly ended: AbortSignal;
}

/** The relay is to be started again at once: its agents stay. */
export const RESTART = "restart";

/** Prints one JSON line, or the words made of it. */
export function print(terminal: Terminal, json: boolean, value: unknown, words: () => string): void {
  terminal.out(json ? JSON.stringify(value) : words());
}

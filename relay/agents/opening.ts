// An opening that somebody may give up: the program is ended at once, because it has done nothing yet that could be lost.
import { AppError } from "../../schema/index.ts";

/** Milliseconds between SIGTERM and SIGKILL for a program whose opening was given up. */
export const ABORT_FORCE_KILL_MS = 300;

/**
 * What `open` gives. When `signal` aborts, `end` is called once, which must make `open` fail; E_AGENT with reason
 * "aborted" also for one that came too late for that. Whoever calls it still owns the program.
 */
export async function openUnlessAborted<T>(
  signal: AbortSignal | undefined,
  end: () => void,
  open: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return open();
  if (signal.aborted) end();
  refuseAborted(signal);
  signal.addEventListener("abort", end, { once: true });
  try {
    const opened = await open();
    refuseAborted(signal);
    return opened;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** Throws E_AGENT with reason "aborted". */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError("E_AGENT", { reason: "aborted" });
}

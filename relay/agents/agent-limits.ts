// Sizes and durations that only the code around agent processes knows. What a reader elsewhere needs is in schema/limits.ts.

/** UTF-16 units of lines waiting for the driver before the agent's stdout is no longer read. */
export const LINES_AHEAD_CHARS = 1024 * 1024;
/** UTF-16 units of events waiting for the session before the driver takes no further line. */
export const EVENTS_AHEAD_CHARS = 4 * 1024 * 1024;
/** Milliseconds that processes left behind by an agent that ended on its own get between SIGTERM and SIGKILL. */
export const STRAGGLER_GRACE_MS = 500;
/** Milliseconds to wait, after the group is gone, for pipes that a process outside the group may still hold open. */
export const DRAIN_AFTER_EXIT_MS = 1_000;
/** Milliseconds for an agent to answer a change of mode or model. */
export const CONFIGURE_TIMEOUT_MS = 15_000;
/** Milliseconds after which a cancel that the agent has not followed is told to the person. */
export const CANCEL_NOTICE_AFTER_MS = 10_000;
/** Milliseconds to wait for the end of a replayed history that comes after the reply (gemini). */
export const REPLAY_END_MS = 5_000;
/** Updates kept that arrive before the agent has named its session. */
export const HELD_UPDATES = 1_000;
/** UTF-16 units of a line that is no protocol, as told in an error. */
export const GARBAGE_SHOWN_CHARS = 500;
/** UTF-16 units of a short command's output that are looked at. */
export const PROBE_OUTPUT_CHARS = 64 * 1024;

// Every size and duration that only agent processes know. Limits that two sides share live in schema/limits.ts.

/** Bytes. A single stdout line beyond this ends the agent: real ones reach 4 MB (OpenCode after compaction, 2026). */
export const AGENT_LINE_MAX_BYTES = 32 * 1024 * 1024;
/** Bytes of decoded lines waiting for the driver before the agent's stdout is no longer read. */
export const AGENT_LINES_AHEAD_BYTES = 1024 * 1024;
/** Bytes of stderr kept for the report of how an agent ended. */
export const STDERR_TAIL_BYTES = 16 * 1024;
/** Milliseconds between SIGTERM and SIGKILL to the group (design section 5). */
export const FORCE_KILL_AFTER_MS = 5_000;
/** Milliseconds that processes left behind by an agent that ended on its own get between SIGTERM and SIGKILL. */
export const STRAGGLER_GRACE_MS = 500;
/** Milliseconds to wait, after the group is gone, for pipes that a process outside the group may still hold open. */
export const DRAIN_AFTER_EXIT_MS = 1_000;
/** Milliseconds for an agent to answer `initialize` and open its session; OpenCode took 10 s on busy cores. */
export const OPEN_TIMEOUT_MS = 60_000;
/** Milliseconds for one detection command (`--version` and the like). */
export const PROBE_TIMEOUT_MS = 5_000;
/** Milliseconds for an agent to answer a change of mode or model. */
export const CONFIGURE_TIMEOUT_MS = 15_000;
/** Milliseconds for a cancelled turn to answer before the driver reports it cancelled on the agent's behalf. */
export const CANCEL_TIMEOUT_MS = 10_000;

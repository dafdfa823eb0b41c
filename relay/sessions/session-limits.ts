// Sizes and durations that only the sessions know. What a reader elsewhere needs is in schema/limits.ts.

/** Milliseconds between two commits of a head while only its words change: a stream would rewrite it per line. */
export const HEAD_EVERY_MS = 250;
/** UTF-16 units of an agent's items on their way into the log; above it the agent's output is not read. */
export const BACKLOG_CHARS = 4 * 1024 * 1024;
/** Longest single timer of a clock, in ms: a machine that slept is noticed within this. */
export const CLOCK_STEP_MS = 15_000;
/** How often in a row a prompt that a usage limit refused is sent again without a person. */
export const LIMIT_RETRIES = 3;
/** Milliseconds that taken and withdrawn prompts are kept, so that a command cut off finds what it did (R7). */
export const TAKEN_PROMPT_MS = 7 * 24 * 60 * 60 * 1000;
/** Milliseconds between two clearings of what is older than that. */
export const PRUNE_EVERY_MS = 24 * 60 * 60 * 1000;
/** Characters of a head's "last" and of a title made from a prompt. */
export const LAST_CHARS = 120;
export const MADE_TITLE_CHARS = 60;
/** Milliseconds between two looks at whether killed leftovers are gone. */
export const LEFTOVER_POLL_MS = 20;
/** Bytes of requests that a head repeats in all: a document is at most DOC_BYTES, and has other fields. */
export const HEAD_REQ_BYTES = 40 * 1024;
/** Milliseconds for the last events of an agent that was closed to reach the log, which may be waiting for the Worker. */
export const CLOSE_DRAIN_MS = 2_000;
/** Milliseconds for all agents to end when the relay does: above FORCE_KILL_AFTER_MS and any agent's own grace. */
export const CLOSE_ALL_MS = 15_000;

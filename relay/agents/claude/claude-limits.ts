// Durations that only the claude driver knows.

/** Milliseconds an idle claude gets to exit after its stdin is closed; it takes 0.1 s (2026-11). */
export const CLOSE_GRACE_MS = 2_000;
/** Milliseconds a running turn gets to stop before its process is closed: claude keeps what it said so far then. */
export const STOP_BEFORE_CLOSE_MS = 2_000;
/** Milliseconds a cancelled turn gets to end before its process is closed; it takes 0.05 s (2026-11). */
export const CANCEL_TIMEOUT_MS = 10_000;

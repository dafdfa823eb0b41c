// Figures of the session host; no other side of the wire knows them.

/** A host without a relay ends its agent after this: long enough for an upgrade or a reboot of the relay, no blank cheque. */
export const HOST_ALONE_MS = 10 * 60_000;
/** The relay waits this long for a host that it has just started to listen. */
export const HOST_START_MS = 10_000;
/** A host whose end was asked for, agent included, is killed after this; an agent's own end takes at most half of it. */
export const HOST_END_MS = 20_000;
/** Bytes of one file of the event log; files that were taken whole are deleted. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Bytes of events nobody has taken yet from which the agent is not read on. */
export const EVENTS_UNTAKEN_BYTES = 64 * 1024 * 1024;
/** Longest line on the host's socket: an agent's longest line, escaped, with what is around it. */
export const HOST_LINE_BYTES = 64 * 1024 * 1024;
/** The relay tells the host what is committed at most this often. */
export const TAKEN_EVERY_MS = 1_000;
/** A host whose agent is gone has nothing left to do; one that is still there after this is killed. */
export const HOST_EXIT_MS = 5_000;
/** How often one looks whether a host listens, or is gone. */
export const HOST_POLL_MS = 20;
/** A full disk is tried again after this: as often as the journal's own commits are. */
export const FULL_DISK_RETRY_MS = 1_000;

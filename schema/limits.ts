// Every size and duration that two sides share, or that a reader would otherwise meet as a bare number.
// Source, where none is given: protocol section 15 (20 November 2026).

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** One frame: header, body, signature. Fits one row of a Durable Object's SQLite (2 MB) with room to spare. */
export const FRAME_BYTES = 256 * KIB;
/** One WebSocket message; workerd itself closes only at 32 MiB. */
export const MESSAGE_BYTES = MIB;
/** Frames in one binary message. */
export const MESSAGE_FRAMES = 256;
/** One JSON control object. */
export const CONTROL_BYTES = 64 * KIB;
/** Entries of a list in a control message, where nothing else is said. */
export const LIST_ENTRIES = 500;
/** Levels of nesting in any JSON. Reading it needs no stack, writing it again does: V8 gives up at some 4,000. */
export const JSON_DEPTH = 200;
/** … in what an agent says, which is wrapped a few times on its way to a screen. */
export const AGENT_JSON_DEPTH = 100;

/** Plaintext of one record: a burst packs itself up to here. */
export const RECORD_BYTES = 64 * KIB;
export const RECORD_ITEMS = 256;
/** A lone line goes at once; after a commit, items gather this long (protocol 7). */
export const COMMIT_GATHER_MS = 16;
/** Plaintext of one document. */
export const DOC_BYTES = 64 * KIB;
/** A blob: one item over RECORD_BYTES. */
export const BLOB_BYTES = 16 * MIB;
/** A chunk of a blob must fit a frame. */
export const BLOB_CHUNK_BYTES = 192 * KIB;
/** A chunk in blob.get and blob.put, which travel inside RES and CMD as base64. */
export const BLOB_READ_BYTES = 128 * KIB;
/** First bytes of a blob, kept in its item so that a screen shows something at once. */
export const BLOB_HEAD_BYTES = 4 * KIB;
/** A wait's request up to here is repeated in the session's head, so that the Inbox answers from it. */
export const WAIT_REQ_IN_HEAD_BYTES = 16 * KIB;
/** Open waits listed in a head. */
export const HEAD_WAITS = 16;

/** Arguments of a command and data of a result; larger results become blobs. */
export const COMMAND_BYTES = 192 * KIB;
/** Content blocks of one prompt. */
export const PROMPT_BYTES = 64 * KIB;
export const NAME_CHARS = 64;
export const TITLE_CHARS = 120;
export const PATH_CHARS = 1024;
export const HISTORY_PAGE = 200;
/** The machine's policy file is written by hand; a MiB of wrong entries would take more than 50 ms to refuse, one by one. */
export const POLICY_BYTES = 64 * KIB;

/** Sealed bodies of commands, results and pairing are padded to a power of two from here. */
export const PAD_MIN_BYTES = 256;
export const PAD_POWER_MAX_BYTES = 64 * KIB;
export const PAD_STEP_BYTES = 16 * KIB;
/** Every other sealed body is padded to a multiple of this. */
export const PAD_BLOCK_BYTES = 128;

export const SOCKETS_PER_DEVICE = 8;
export const SOCKETS_PER_MACHINE = 256;
export const VIEWERS_PER_SESSION = 32;
export const SUBS_PER_SOCKET = 64;
export const DEVICES_PER_MACHINE = 32;
export const SESSIONS_PER_MACHINE = 10_000;
/** Session heads a new device receives; older ones come by `list`. */
export const HEADS_AT_FIRST = 200;
/**
 * A client far behind starts this many records below the head, the rest comes by `pull`: a screen or more of lone lines,
 * and 2 MB after a flood, where 200 were 13 MB (27 November 2026).
 */
export const RECORDS_AT_FIRST = 32;
/** One page of a session's records: by `pull`, and above what is shown. */
export const RECORDS_PAGE = 200;

/** Live commands of one device: per second and in a burst. */
export const COMMANDS_PER_SECOND = 50;
export const COMMANDS_BURST = 200;
/** Durable commands of one device: each is a write. */
export const DURABLE_COMMANDS_PER_SECOND = 5;
/** The burst of durable commands: a whole outbox after a day offline must pass without a refusal. */
export const DURABLE_COMMANDS_BURST = 256;
/** Durable commands waiting for a relay, per device. */
export const QUEUE_COMMANDS = 256;
export const QUEUE_BYTES = 4 * MIB;

export const PAIRS_OPEN = 3;
export const PAIR_LINK_MS = 300 * SECOND_MS;
/** A pairing post waits this long for its answer before 204. */
export const PAIR_POLL_MS = 25 * SECOND_MS;
export const PAIR_UNKNOWN_PER_MINUTE = 10;
export const PAIR_POSTS = 40;
export const PAIR_CONFIRM_MS = 120 * SECOND_MS;
export const PAIR_TRIES = 3;
/** Replies are repeated this long after the link has expired. */
export const PAIR_REPLY_KEPT_MS = 120 * SECOND_MS;
/** A relay that has just come repeats its open pairings within this time: one round trip, generously. */
export const PAIR_SETTLE_MS = 3 * SECOND_MS;
/** A pending device that never says hello is erased after this. */
export const PENDING_MS = 600 * SECOND_MS;

export const NONCE_MS = 60 * SECOND_MS;
/** A nonce may come from a server whose clock is this far ahead, or from before this one's clock was set back. */
export const NONCE_AHEAD_MS = 5 * SECOND_MS;
export const TOKEN_MS = 900 * SECOND_MS;
export const TOKEN_REFRESH_MS = 600 * SECOND_MS;
export const SOCKET_AGE_MS = 24 * HOUR_MS;
export const AUTH_WITHIN_MS = 10 * SECOND_MS;
export const TICKET_MS = 600 * SECOND_MS;
/** Three replacements in this time: the identity is in use elsewhere, and the relay stops. */
export const REPLACED_WINDOW_MS = 60 * SECOND_MS;
export const REPLACED_TIMES = 3;

export const PING_MS = 25 * SECOND_MS;
/** No byte for this long: the connection is dead. */
export const SILENCE_MS = 60 * SECOND_MS;
/** A device coming back probes a socket older than this, waiting so long for the answer. */
export const PROBE_AFTER_MS = 20 * SECOND_MS;
export const PROBE_WAIT_MS = 3 * SECOND_MS;
export const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 30 * SECOND_MS;
export const BACKOFF_FIRST_MS = SECOND_MS;
/** After a planned or abrupt close of many clients at once, the first try is spread over this. */
export const BACKOFF_SPREAD_MS = 5 * SECOND_MS;
export const ATTEMPT_GAP_MS = 2500;
export const UP_RESETS_BACKOFF_MS = 60 * SECOND_MS;
/** The wall clock running away from the monotonic one by this much: the machine slept. */
export const CLOCK_JUMP_MS = 5 * SECOND_MS;

export const BEACON_MS = 15 * SECOND_MS;
/** A nonce not yet echoed brings a beacon at once, but no more than one in this time. */
export const BEACON_MIN_MS = SECOND_MS;
export const BEACON_ECHOES = 256;
export const BEACON_HEADS = 64;
export const BEACON_DOCS = 32;
export const WATCH_ENTRIES = 256;
export const WATCH_EVERY_MS = SECOND_MS;
export const ALIVE_MS = 30 * SECOND_MS;
/** A watcher silent for this long is dropped. */
export const WATCH_SILENT_MS = 90 * SECOND_MS;
/** A device shows "live" only while a proof is younger than this. */
export const LIVE_MS = 45 * SECOND_MS;
/** A head beyond what arrived, for this long: the server is withholding. */
export const WITHHOLD_MS = 30 * SECOND_MS;
/** A gap not filled by the hub in this time is asked of the relay. */
export const GAP_ASK_RELAY_MS = 10 * SECOND_MS;

/** Unacknowledged bytes of a device's socket at which records, documents, pages and blobs stop. */
export const WINDOW_BYTES = 512 * KIB;
/**
 * The window of a fresh connection; it grows by what the device has stored. A device that is far behind learns so from the
 * first heads and asks for the newest records: the whole window of the oldest must not stand before them on a slow line.
 */
export const FIRST_WINDOW_BYTES = 128 * KIB;
/** And at which live frames are dropped. */
export const LIVE_WINDOW_BYTES = 256 * KIB;
/** A device reports what it has stored after this many bytes, or when it is idle. */
export const GOT_EVERY_BYTES = 64 * KIB;
/** Relay to hub, unacknowledged. */
export const IN_FLIGHT_FRAMES = 64;
export const IN_FLIGHT_BYTES = MIB;

export const COMMAND_TTL_MS = 120 * SECOND_MS;
export const APPROVAL_TTL_MS = 600 * SECOND_MS;
export const WAKE_TTL_MS = 24 * HOUR_MS;
/** A relay refuses an expiry further away than this: a day, and five minutes of clock error. */
export const EXP_RANGE_MS = 24 * HOUR_MS + 300 * SECOND_MS;
/** A command handed to a present relay is kept at least this long: a dead socket is found in 60 s, the next one opens in 30. */
export const HANDED_OVER_MS = 120 * SECOND_MS;
/** Without any answer this long after exp, a command is expired or unknown. */
export const UNANSWERED_MS = 60 * SECOND_MS;
export const FINALS_KEPT_MS = 7 * DAY_MS;
/** Width of the replay window in counters. */
export const CTR_WINDOW = 1024;
/** Live commands take counters in blocks, so that no write precedes each. */
export const CTR_BLOCK = 64;

export const EPOCHS_KEPT = 256;
export const ROTATE_MS = 7 * DAY_MS;
/** A device asks for its next pairwise root after this long, or after so many counters (protocol 10). */
export const REKEY_MS = 30 * DAY_MS;
export const REKEY_COMMANDS = 2 ** 20;
/** The root before the newest is erased at the first command under the newest, and after this at the latest. */
export const OLD_ROOT_KEPT_MS = 7 * DAY_MS;
/** Lines of the document "keys": what happened to them last. */
export const KEY_EVENTS = 32;

/** The hub's budget per machine; above `HUB_FULL_SHARE` of it new records are refused with E_QUOTA. */
export const HUB_BYTES = 1024 * MIB;
export const HUB_FULL_SHARE = 0.95;
/** Relay: less free disk than this stops the reading of agents and refuses new sessions. */
export const DISK_FREE_MIN_BYTES = 1024 * MIB;

/** An agent gets this long between SIGTERM and SIGKILL. */
export const FORCE_KILL_AFTER_MS = 5 * SECOND_MS;
/** One line of an agent's output; the largest measured is 2.07 MB (agents-claude.md). */
export const AGENT_LINE_BYTES = 32 * MIB;
export const STDERR_TAIL_BYTES = 8 * KIB;
/** An agent that does not say hello in this time is hung; opencode takes 10 s on busy cores (agents-others.md). */
export const AGENT_OPEN_MS = 60 * SECOND_MS;
export const PROBE_TIMEOUT_MS = 20 * SECOND_MS;

/** First message of a device's catch-up: small, so that a screen shows something at once (platform.md 4.5). */
export const FIRST_PAGE_BYTES = 64 * KIB;
/** Pages and blobs that wait for a device's window; the attachment holds them. */
export const PAGES_WAITING = 16;
/** A socket this far behind on frames that no window stops (results, beacons, keyrings) is closed as dead weight. */
export const STALLED_BYTES = 4 * MIB;
/** Share of the hub's budget above which old records leave, and down to which. */
export const HUB_EVICT_ABOVE = 0.9;
export const HUB_EVICT_TO = 0.85;
/** Records taken from one session at a time, so that eviction never holds the hub for long. */
export const EVICT_RECORDS = 256;
/** A relay is told to wait this long after E_QUOTA. */
export const QUOTA_RETRY_MS = MINUTE_MS;
/** A machine without a relay for this long keeps each session's newest record only (protocol 13). */
export const INACTIVE_MS = 90 * DAY_MS;
/** A grants push that D1 refused is tried again after this. */
export const GRANTS_RETRY_MS = 5 * SECOND_MS;
/** Addresses remembered for the limit on unknown pairing ids. */
export const PAIR_ADDRESSES = 1024;
/** A proof of possession, a body of JSON: nothing under /v1 needs more. */
export const BODY_BYTES = 16 * KIB;
/** What the Worker answers there: a token, a nonce, a ticket, a code. */
export const ANSWER_BYTES = 16 * KIB;

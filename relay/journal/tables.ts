// The relay's tables (protocol section 15). Ids and hashes are base64url text, frames and keys are blobs, times epoch ms.
// A change that an older relay cannot read raises SCHEMA_VERSION.

/** Version of the tables below, in SQLite's user_version; a higher one is a newer Kelpie's database. */
export const SCHEMA_VERSION = 1;

/** One statement list per table family. */
export const TABLES = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- journal: records as committed, items that wait for a seq, blobs that a record lists, newest documents
CREATE TABLE IF NOT EXISTS rec (
  s TEXT NOT NULL, q INTEGER NOT NULL, h TEXT NOT NULL, epoch INTEGER NOT NULL, at INTEGER NOT NULL,
  blobs INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (s, q));
CREATE TABLE IF NOT EXISTS item (
  n INTEGER PRIMARY KEY AUTOINCREMENT, s TEXT NOT NULL, size INTEGER NOT NULL, urgent INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blob (
  bid TEXT NOT NULL, idx INTEGER NOT NULL, s TEXT NOT NULL, q INTEGER NOT NULL, frame BLOB NOT NULL,
  PRIMARY KEY (bid, idx));
CREATE INDEX IF NOT EXISTS blob_by_record ON blob (s, q);
CREATE TABLE IF NOT EXISTS doc (
  s TEXT NOT NULL, name TEXT NOT NULL, d TEXT NOT NULL, rev INTEGER NOT NULL, epoch INTEGER NOT NULL,
  value TEXT NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (s, name));
CREATE UNIQUE INDEX IF NOT EXISTS doc_by_rev ON doc (rev);

-- trust: devices with their root, replay window and keyring; the root that follows it; content epochs
CREATE TABLE IF NOT EXISTS dev (
  d TEXT PRIMARY KEY, da BLOB NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL, shell INTEGER NOT NULL,
  state TEXT NOT NULL, g INTEGER NOT NULL, root BLOB, hi INTEGER NOT NULL, window BLOB NOT NULL,
  created INTEGER NOT NULL, last INTEGER NOT NULL, ring_rev INTEGER NOT NULL, ring BLOB);
CREATE TABLE IF NOT EXISTS gen (
  d TEXT PRIMARY KEY, keyed INTEGER NOT NULL, must INTEGER NOT NULL, next BLOB, next_ctr INTEGER, next_at INTEGER);
CREATE TABLE IF NOT EXISTS epoch (e INTEGER PRIMARY KEY, c BLOB NOT NULL, at INTEGER NOT NULL);

-- commands: frame until the end, the sealed answer for seven days after it
CREATE TABLE IF NOT EXISTS cmd (
  d TEXT NOT NULL, g INTEGER NOT NULL, ctr INTEGER NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, op TEXT NOT NULL,
  frame BLOB, res BLOB, at INTEGER NOT NULL, PRIMARY KEY (d, g, ctr));
CREATE INDEX IF NOT EXISTS cmd_by_state ON cmd (state, at);

-- sessions: what of them must outlive the process; \`data\` holds what only the sessions folder reads, as JSON
CREATE TABLE IF NOT EXISTS sess (
  s TEXT PRIMARY KEY, state TEXT NOT NULL, data TEXT NOT NULL DEFAULT '{}', host_pid INTEGER, host_start INTEGER,
  host_nonce TEXT, raw_off INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS prompt (
  n INTEGER PRIMARY KEY AUTOINCREMENT, s TEXT NOT NULL, ref TEXT NOT NULL, blocks TEXT NOT NULL, state TEXT NOT NULL,
  turn INTEGER, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS prompt_by_session ON prompt (s, n);
CREATE INDEX IF NOT EXISTS prompt_by_ref ON prompt (ref);
CREATE TABLE IF NOT EXISTS wait (
  wid TEXT PRIMARY KEY, s TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL, req TEXT NOT NULL, until INTEGER,
  since INTEGER NOT NULL, q INTEGER, by TEXT, ref TEXT, answer TEXT, done INTEGER);
CREATE INDEX IF NOT EXISTS wait_by_session ON wait (s);
-- settled, and the log does not tell of it yet
CREATE TABLE IF NOT EXISTS wait_untold (wid TEXT PRIMARY KEY) WITHOUT ROWID;
-- how the agent itself calls a wait, with the mark of its run before it: for a relay that finds that agent again
CREATE TABLE IF NOT EXISTS ask (wid TEXT PRIMARY KEY, key TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ask_by_key ON ask (key);
CREATE TABLE IF NOT EXISTS root (
  root TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, project TEXT, branch TEXT, trusted_digest TEXT,
  trusted TEXT, added INTEGER NOT NULL, removed INTEGER);
`;

// The relay's database as it lies on the disk: read from a copy, so that looking changes nothing. Items are opened with
// the epochs that the same file holds.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  contentKey,
  decodePlain,
  importSecret,
  isFrame,
  knownItemOf,
  openFrame,
  parseFrame,
  recordHash,
  recordPlain,
  sessionId,
  type Bytes,
  type Hash,
  type Item,
  type SessionId,
} from "../../../schema/index.ts";
import { bytesOf, integerOf, textOf, type Row } from "../../journal/row.ts";

/** One record with what it says. */
export interface SeenRecord {
  readonly session: SessionId;
  readonly seq: number;
  readonly h: Hash;
  readonly prev: Hash;
  readonly frame: Bytes;
  readonly items: readonly Item[];
}

/** A file of SQLite with its log, read and forgotten. */
export function readCopy<T>(path: string, read: (all: (sql: string) => Row[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "kelpie-look-"));
  try {
    for (const suffix of ["", "-wal"]) {
      if (existsSync(path + suffix)) cpSync(path + suffix, join(folder, basename(path) + suffix));
    }
    const sqlite = new DatabaseSync(join(folder, basename(path)));
    try {
      return read((sql) => sqlite.prepare(sql).all());
    } finally {
      sqlite.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything of relay.db that a check asks for. */
export interface JournalView {
  readonly records: readonly SeenRecord[];
  readonly commands: readonly {
    readonly ctr: number;
    readonly d: string;
    readonly state: string;
    readonly op: string;
  }[];
  readonly sessions: readonly SeenSession[];
  readonly prompts: readonly { readonly s: string; readonly ref: string; readonly state: string }[];
  readonly heads: ReadonlyMap<string, string>;
  readonly openWaits: readonly string[];
  /** Rows that only a crash leaves, and the next start clears. */
  readonly leftovers: Readonly<Record<string, number>>;
}

export interface SeenSession {
  readonly s: SessionId;
  readonly state: string;
  readonly isTurnOpen: boolean;
  /** The command that made it, as JSON. */
  readonly ref: string;
  readonly pid: number;
  readonly host: { readonly pid: number; readonly start: string } | null;
}

/** Reads it; throws when a record does not open. */
export async function readJournal(stateDir: string): Promise<JournalView> {
  const found = readCopy(join(stateDir, "relay.db"), (all) => ({
    records: all("SELECT s, q, h, frame FROM rec ORDER BY s, q"),
    epochs: all("SELECT e, c FROM epoch"),
    commands: all("SELECT d, ctr, state, op FROM cmd ORDER BY d, ctr"),
    sessions: all("SELECT s, state, data, host_pid FROM sess"),
    prompts: all("SELECT s, ref, state FROM prompt"),
    heads: all("SELECT s, json_extract(value, '$.state') AS state FROM doc WHERE name = 'head'"),
    waits: all("SELECT wait.s AS s FROM wait WHERE done IS NULL"),
    leftovers: all(
      `SELECT (SELECT count(*) FROM item) AS item, (SELECT count(*) FROM wait_untold) AS wait_untold,
              (SELECT count(*) FROM prompt WHERE state = 'new') AS prompt_new`,
    ),
  }));
  const roots = new Map<number, Bytes>(found.epochs.map((row) => [integerOf(row, "e"), bytesOf(row, "c")]));
  const records: SeenRecord[] = [];
  for (const row of found.records) records.push(await openRecord(row, roots));
  return {
    records,
    commands: found.commands.map((row) => ({
      ...{ d: textOf(row, "d"), ctr: integerOf(row, "ctr"), state: textOf(row, "state"), op: textOf(row, "op") },
    })),
    sessions: found.sessions.map(seenSession),
    prompts: found.prompts.map((row) => ({
      ...{ s: textOf(row, "s"), ref: textOf(row, "ref"), state: textOf(row, "state") },
    })),
    heads: new Map(found.heads.map((row) => [textOf(row, "s"), textOf(row, "state")])),
    openWaits: found.waits.map((row) => textOf(row, "s")),
    leftovers: Object.fromEntries(Object.entries(found.leftovers[0] ?? {}).map(([key, count]) => [key, Number(count)])),
  };
}

/** The sessions alone, for whoever needs a process. */
export function readSessions(stateDir: string): readonly SeenSession[] {
  return readCopy(join(stateDir, "relay.db"), (all) => all("SELECT s, state, data, host_pid FROM sess")).map(
    seenSession,
  );
}

function seenSession(row: Row): SeenSession {
  const data: { isTurnOpen: boolean; ref: unknown; host?: { pid: number; start: string } } = JSON.parse(
    textOf(row, "data"),
  );
  return {
    s: sessionId.parse(textOf(row, "s")),
    state: textOf(row, "state"),
    isTurnOpen: data.isTurnOpen,
    ref: JSON.stringify(data.ref),
    pid: Number(row["host_pid"] ?? 0),
    host: data.host ?? null,
  };
}

async function openRecord(row: Row, roots: ReadonlyMap<number, Bytes>): Promise<SeenRecord> {
  const bytes = bytesOf(row, "frame");
  const frame = parseFrame(bytes);
  const session = sessionId.parse(textOf(row, "s"));
  const seq = integerOf(row, "q");
  const root = isFrame(frame, "EVT") ? roots.get(frame.header.epoch) : undefined;
  if (!isFrame(frame, "EVT") || root === undefined) throw new Error(`record ${session}/${seq} is no record of ours`);
  const key = await contentKey(await importSecret(root.slice()), frame.header.m, session);
  const plain = await openFrame(frame, key);
  if (plain === null) throw new Error(`record ${session}/${seq} does not open`);
  const items = decodePlain("EVT", plain, recordPlain).flatMap((item) => knownItemOf(item) ?? []);
  return { session, seq, h: await recordHash(frame.hdr, frame.body), prev: frame.header.prev, frame: bytes, items };
}

// The log's promises: order, chain, group commit, the first append rule, and what happens on a full disk.
import { expect, it } from "vitest";
import {
  BLOB_BYTES,
  BLOB_CHUNK_BYTES,
  COMMIT_GATHER_MS,
  hashOf,
  isFrame,
  openFrame,
  parseFrame,
  RECORD_BYTES,
  type Bytes,
  type Item,
  type SessionId,
} from "../../schema/index.ts";
import { systemClock } from "../clock.ts";
import { Told } from "../told.ts";
import { integerOf } from "./row.ts";
import { openJournal, readAll, sessionOf } from "./test/journal.ts";
import { ManualClock } from "./test/manual-clock.ts";
import { stateFolder } from "./test/state-folder.ts";

const note = (text: string): Item => ({ k: "note", code: "t", text });
const S = await sessionOf("one");

async function fresh(sessions: readonly SessionId[] = [S]) {
  const clock = new ManualClock();
  const folder = stateFolder();
  const journal = await openJournal(folder, clock);
  for (const session of sessions) journal.log.begin(session);
  return { ...journal, clock, folder };
}

const textsOf = (lists: readonly (readonly unknown[])[]): unknown[] =>
  lists.flat().map((item) => (item !== null && typeof item === "object" && "text" in item ? item.text : null));

it("commits a lone item at once, chained and signed", async () => {
  const { log, epochs, ri, clock } = await fresh();
  expect(await log.append(S, note("a"))).toEqual({ seq: 1 });
  clock.advance(COMMIT_GATHER_MS);
  expect(await log.append(S, note("b"))).toEqual({ seq: 2 });
  expect(await readAll(log, S, epochs, ri)).toEqual([[note("a")], [note("b")]]);
  expect(log.hashAt(S, 2)).toBe(log.head(S)?.h);
  expect(log.hashAt(S, 3)).toBeNull();
  expect(log.sessions()).toEqual([S]);
});

it("names the sessions that grew last, latest first, also after a restart", async () => {
  const [one, two] = [await sessionOf("one"), await sessionOf("two")];
  const { log, clock, folder, db } = await fresh([one, two]);
  for (const session of [two, one, two]) {
    clock.advance(COMMIT_GATHER_MS);
    await log.append(session, note("a"));
  }
  expect(log.recent(5)).toEqual([two, one]);
  expect(log.recent(1)).toEqual([two]);
  db.close();
  const again = await openJournal(folder, clock);
  expect(again.log.recent(5)).toEqual([two, one]);
});

it("gathers what comes within 16 ms of a commit into one record", async () => {
  const { log, epochs, clock } = await fresh();
  await log.append(S, note("a"));
  const later = [log.append(S, note("b"))];
  clock.advance(COMMIT_GATHER_MS - 1);
  later.push(log.append(S, note("c")));
  expect(log.head(S)?.seq).toBe(1);
  clock.advance(1);
  expect(await Promise.all(later)).toEqual([{ seq: 2 }, { seq: 2 }]);
  expect(textsOf(await readAll(log, S, epochs))).toEqual(["a", "b", "c"]);
});

it("lets wait, turn and state items go at once, with what gathered before them", async () => {
  const { log } = await fresh();
  await log.append(S, note("a"));
  const gathered = log.append(S, note("b"));
  expect(await log.append(S, { k: "state", s: "running" })).toEqual({ seq: 2 });
  expect(await gathered).toEqual({ seq: 2 });
});

it("does not make a full record wait, nor its rest hurry", async () => {
  const { log } = await fresh();
  await log.append(S, note("first"));
  const many = Array.from({ length: 257 }, (_, n) => log.append(S, note(String(n))));
  expect(await many[255]).toEqual({ seq: 2 });
  expect(log.head(S)?.seq).toBe(2);
  await log.flush();
  expect(await many[256]).toEqual({ seq: 3 });
});

it("takes all ready sessions in one commit", async () => {
  const other = await sessionOf("two");
  const { log } = await fresh([S, other]);
  const grown: (readonly SessionId[])[] = [];
  log.onCommitted((sessions) => grown.push(sessions));
  await Promise.all([log.append(S, note("a")), log.append(other, note("b"))]);
  expect(grown).toEqual([[S, other]]);
});

it("keeps a burst of 10,000 items in order, no record over its limits", async () => {
  const { log, epochs, ri } = await fresh();
  const seqs = Array.from({ length: 10_000 }, (_, n) => log.append(S, note(`${n} ${"x".repeat(n % 700)}`)));
  await log.flush();
  await Promise.all(seqs);
  const lists = await readAll(log, S, epochs, ri);
  expect(textsOf(lists).map((text) => Number.parseInt(String(text), 10))).toEqual(
    Array.from({ length: 10_000 }, (_, n) => n),
  );
  for (const list of lists) {
    expect(list.length).toBeLessThanOrEqual(256);
    expect(Buffer.byteLength(JSON.stringify(list)) + 1).toBeLessThanOrEqual(RECORD_BYTES);
  }
});

it("S8: never seals below an epoch it has met, nor for the old one after a rotation", async () => {
  const { log, epochs, clock } = await fresh();
  await log.append(S, note("a"));
  clock.advance(COMMIT_GATHER_MS);
  const pending = log.append(S, note("b"));
  // The record is being sealed for epoch 1 right now.
  await Promise.resolve();
  await Promise.resolve();
  epochs.rotate();
  await pending;
  const frames = log.read(S, 1, { maxBytes: 1e6, maxRecords: 10 }).map(({ frame }) => parseFrame(frame));
  expect(frames.map((frame) => (isFrame(frame, "EVT") ? frame.header.epoch : 0))).toEqual([1, 2]);
});

it("puts an item over 64 KiB into blob frames before its record", async () => {
  const { log, epochs } = await fresh();
  const item = note("é".repeat(150_000));
  await log.append(S, item);
  const [record] = log.read(S, 1, { maxBytes: 1, maxRecords: 1 });
  const [[blob]] = (await readAll(log, S, epochs)) as [
    [{ k: "blob"; mime: string; size: number; hashes: string[]; head: string }],
  ];
  expect(blob).toMatchObject({ k: "blob", mime: "application/json", size: Buffer.byteLength(JSON.stringify(item)) });
  const parts = await openBlobs(record?.blobs ?? [], epochs.key(1, S));
  expect(parts.length).toBe(Math.ceil(blob.size / BLOB_CHUNK_BYTES));
  expect(await Promise.all(parts.map((part) => hashOf(part)))).toEqual(blob.hashes);
  expect(JSON.parse(Buffer.concat(parts).toString())).toEqual(item);
  expect(JSON.stringify(item).startsWith(blob.head)).toBe(true);
});

it("cuts an item over 16 MiB and says so in words", async () => {
  const { log, epochs } = await fresh();
  await log.append(S, note("y".repeat(BLOB_BYTES)));
  const [[blob]] = (await readAll(log, S, epochs)) as [[{ mime: string; size: number }]];
  expect(blob).toMatchObject({ mime: "text/plain", size: BLOB_BYTES });
  const parts = await openBlobs(log.read(S, 1, { maxBytes: 1, maxRecords: 1 })[0]?.blobs ?? [], epochs.key(1, S));
  expect(Buffer.concat(parts).toString().slice(-80)).toContain("keeps the first 16 MiB");
});

it("reads until either limit, but at least one record", async () => {
  const { log, clock } = await fresh();
  for (let n = 0; n < 5; n++) {
    await log.append(S, note(String(n)));
    clock.advance(COMMIT_GATHER_MS);
  }
  const seqs = (from: number, maxBytes: number, maxRecords: number): number[] =>
    log.read(S, from, { maxBytes, maxRecords }).map(({ seq }) => seq);
  expect(seqs(2, 1e6, 2)).toEqual([2, 3]);
  expect(seqs(2, 1, 9)).toEqual([2]);
  expect(seqs(6, 1e6, 9)).toEqual([]);
});

it("holds a session of an earlier boot until heads were compared, its items durable meanwhile", async () => {
  const first = await fresh();
  await first.log.append(S, note("a"));
  first.db.close();

  const clock = new ManualClock();
  const second = await openJournal(first.folder, clock, first.ri);
  second.log.begin(S);
  expect(second.log.held()).toEqual([S]);
  void second.log.append(S, note("b"));
  await second.log.flush();
  expect(second.log.head(S)?.seq).toBe(1);
  second.db.close();

  const third = await openJournal(first.folder, clock, first.ri);
  const c = third.log.append(S, note("c"));
  third.log.admit(S);
  expect(await c).toEqual({ seq: 2 });
  expect(textsOf(await readAll(third.log, S, third.epochs, first.ri))).toEqual(["a", "b", "c"]);
  expect(third.db.all("SELECT * FROM item")).toEqual([]);
});

it("R9 R12 what waits and was said by records taken back meanwhile is not said again; the rest keeps its place", async () => {
  const first = await fresh();
  await first.log.append(S, note("a"));
  first.db.close();

  const clock = new ManualClock();
  const second = await openJournal(first.folder, clock, first.ri);
  const told = new Told();
  const twice: Item[] = [
    { k: "turn", t: 1, of: ["desk"] },
    { k: "state", s: "interrupted" },
  ];
  const [turn, said] = twice.map((item) => second.log.append(S, item));
  for (const item of twice) told.learn(item);
  const next = second.log.append(S, note("b"));
  await second.log.flush();
  expect(told.turn).toBe(1);
  second.log.unsay(S, (item) => told.says(item));
  expect(second.db.all("SELECT * FROM item")).toHaveLength(1);
  expect(await Promise.all([said, turn])).toEqual([{ seq: 1 }, { seq: 1 }]);
  second.log.admit(S);
  clock.advance(COMMIT_GATHER_MS);
  expect(await next).toEqual({ seq: 2 });
  expect(textsOf(await readAll(second.log, S, second.epochs, first.ri))).toEqual(["a", "b"]);
  expect(second.db.all("SELECT * FROM item")).toEqual([]);
});

it("writes what belongs to an item in the item's own transaction, once, and not without it", async () => {
  const first = await fresh();
  const written: string[] = [];
  const mark = (word: string) => () => {
    written.push(word);
    first.db.run("INSERT INTO meta (key, value) VALUES (?, '')", word);
  };
  await first.log.append(S, note("a"), mark("a"));
  expect(first.db.all("SELECT key FROM meta WHERE key = 'a'")).toHaveLength(1);
  first.db.run("CREATE TRIGGER full BEFORE INSERT ON rec BEGIN SELECT RAISE(ABORT, 'full'); END");
  first.clock.advance(COMMIT_GATHER_MS);
  await expect(first.log.append(S, note("b"), mark("b"))).rejects.toThrow("full");
  expect(first.db.all("SELECT key FROM meta WHERE key = 'b'")).toEqual([]);
  first.db.run("DROP TRIGGER full");
  first.db.close();

  const clock = new ManualClock();
  const second = await openJournal(first.folder, clock, first.ri);
  const held = second.log.append(S, note("c"), () => void written.push("c"));
  await second.log.flush();
  expect(written).toEqual(["a", "c"]);
  second.log.admit(S);
  clock.advance(COMMIT_GATHER_MS);
  await held;
  expect(written).toEqual(["a", "c"]);
});

it("takes no item of a session that the Worker knows better", async () => {
  const { log } = await fresh();
  await log.append(S, note("a"));
  const gathered = log.append(S, note("b"));
  log.refuse(S);
  await expect(gathered).rejects.toMatchObject({ code: "E_FORK" });
  await expect(log.append(S, note("c"))).rejects.toMatchObject({ code: "E_FORK" });
  expect(log.head(S)?.seq).toBe(1);
});

it("R17 refuses with E_DISK when nothing can be stored, and goes on without a gap when it can", async () => {
  const { log, db, epochs, clock } = await fresh();
  await log.append(S, note("a"));
  const pages = integerOf(db.get("PRAGMA page_count") ?? {}, "page_count");
  db.get(`PRAGMA max_page_count = ${pages}`);
  clock.advance(COMMIT_GATHER_MS);
  await expect(log.append(S, note("z".repeat(60_000)))).rejects.toMatchObject({ code: "E_DISK" });
  db.get(`PRAGMA max_page_count = ${pages + 1000}`);
  clock.advance(1000);
  expect(await log.append(S, note("b"))).toEqual({ seq: 2 });
  expect(textsOf(await readAll(log, S, epochs))).toEqual(["a", "b"]);
});

it("refuses to open on a record that is not what was committed", async () => {
  const { log, db, folder, ri } = await fresh();
  await log.append(S, note("a"));
  const frame = log.read(S, 1, { maxBytes: 1, maxRecords: 1 })[0]?.frame.slice() ?? new Uint8Array(1);
  frame[100] = (frame[100] ?? 0) ^ 1;
  db.run("UPDATE rec SET frame = ? WHERE s = ? AND q = 1", frame, S);
  db.close();
  await expect(openJournal(folder, new ManualClock(), ri)).rejects.toMatchObject({ code: "E_DISK" });
});

it("remembers the hub's highest ack only", async () => {
  const { log } = await fresh();
  log.acknowledged(S, 5);
  log.acknowledged(S, 3);
  expect(log.ackedSeq(S)).toBe(5);
});

it("takes little more than one fsync for a lone item", async () => {
  const { db, log } = await openJournal(stateFolder(), systemClock);
  log.begin(S);
  await log.append(S, note("warm"));
  const fsyncs: number[] = [];
  const appends: number[] = [];
  for (let n = 0; n < 40; n++) {
    let from = systemClock.monotonic();
    db.transaction(() => db.run("INSERT OR REPLACE INTO meta VALUES ('x', ?)", String(n)));
    fsyncs.push(systemClock.monotonic() - from);
    from = systemClock.monotonic();
    await log.append(S, { k: "state", s: "idle" });
    appends.push(systemClock.monotonic() - from);
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length / 2] ?? 0;
  // Sealing is a few calls of WebCrypto; a second fsync or a gathering time would show.
  expect(median(appends)).toBeLessThan(median(fsyncs) * 2 + 8);
});

async function openBlobs(frames: readonly Bytes[], key: Promise<Parameters<typeof openFrame>[1]>): Promise<Bytes[]> {
  const secret = await key;
  return Promise.all(
    frames.map(async (bytes) => {
      const frame = parseFrame(bytes);
      if (!isFrame(frame, "BLOB")) throw new Error("not a BLOB");
      return (await openFrame(frame, secret)) ?? new Uint8Array(0);
    }),
  );
}

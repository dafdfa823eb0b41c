import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import {
  docIdOf,
  encodeHeader,
  HEAD_DOC,
  isAppError,
  joinFrame,
  MACHINE_SESSION,
  NO_BOOT,
  parseFrame,
  QUEUE_BYTES,
  QUEUE_COMMANDS,
  randomBytes,
  randomId,
  toB64,
  type BlobId,
  type Bytes,
  type DeviceId,
  type DocId,
  type Frame,
  type FrameName,
  type Hash,
  type Header,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import { Blobs } from "./blobs.ts";
import { CommandQueue } from "./command-queue.ts";
import { Documents } from "./documents.ts";
import type { Hub } from "./hub-object.ts";
import { Keyrings } from "./keyrings.ts";
import { Meta } from "./meta.ts";
import { AppendBatch, RecordLog } from "./record-log.ts";
import { Retention } from "./retention.ts";
import { createTables, type HubStorage } from "./storage.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      readonly HUB: DurableObjectNamespace<Hub>;
    }
  }
}

const m = randomId<MachineId>();
const d = randomId<DeviceId>();

/** Runs with the real SQLite of a fresh object. */
function inside<T>(run: (storage: HubStorage) => T): Promise<T> {
  const stub = env.HUB.get(env.HUB.newUniqueId());
  return runInDurableObject(stub, (_, state) => {
    createTables(state.storage.sql);
    return run(state.storage);
  });
}

/** A frame with a right header and a body of noise: the hub looks at nothing else. */
function frame<N extends FrameName>(name: N, header: Header<N>, bytes = 100): Frame<N> {
  return parseFrame(joinFrame(encodeHeader(name, header), randomBytes(bytes), randomBytes(64))) as Frame<N>;
}

const prev = toB64(new Uint8Array(32)) as Hash;
const event = (session: SessionId, seq: number, time = seq, bytes = 100) =>
  frame("EVT", { m, session, epoch: 1, seq, time, prev }, bytes);
const command = (ctr: number, exp: number, bytes = 100) =>
  frame("CMD", { m, d, g: 1, ctr, exp, class: 1, boot: NO_BOOT }, bytes);

function append(storage: HubStorage, ...frames: readonly Frame<"EVT">[]): string[] {
  return storage.transactionSync(() => {
    const batch = new AppendBatch(storage.sql);
    const results = frames.map((each) => batch.append(each));
    batch.finish();
    return results;
  });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return "none";
}

const framesOf = (offers: Iterable<{ readonly frame: Bytes }>): Bytes[] => [...offers].map((each) => each.frame);

test("records are stored in order, once, and without gaps", () =>
  inside((storage) => {
    const s = randomId<SessionId>();
    const [one, two, three, four] = [event(s, 1), event(s, 2), event(s, 3), event(s, 4)];
    expect(append(storage, two)).toEqual(["gap"]);
    expect(storage.sql.exec("SELECT * FROM sess").toArray()).toEqual([]);
    expect(append(storage, one, two, one, four)).toEqual(["stored", "stored", "known", "gap"]);
    expect(append(storage, three, four)).toEqual(["stored", "stored"]);
    const log = new RecordLog(storage.sql);
    expect(log.range(s)).toEqual({ head: 4, floor: 0 });
    expect(framesOf(log.read(s, 1, 3))).toEqual([two.bytes, three.bytes]);
    expect(log.sessionsAfter("", 10)).toEqual([{ s, head: 4 }]);
  }));

test("a session beyond the number a machine may have is refused, the others go on", () =>
  inside((storage) => {
    const sessions = Array.from({ length: 4 }, () => randomId<SessionId>());
    const results = storage.transactionSync(() => {
      const batch = new AppendBatch(storage.sql, 3);
      const appended = sessions.map((s) => batch.append(event(s, 1)));
      batch.finish();
      return appended;
    });
    expect(results).toEqual(["stored", "stored", "stored", "full"]);
    expect(append(storage, event(sessions[0] ?? MACHINE_SESSION, 2))).toEqual(["stored"]);
  }));

test("R14 a second content for a stored seq is E_FORK, and its whole message is rolled back", () =>
  inside((storage) => {
    const s = randomId<SessionId>();
    append(storage, event(s, 1));
    expect(codeOf(() => append(storage, event(s, 2), event(s, 1)))).toBe("E_FORK");
    expect(new RecordLog(storage.sql).range(s).head).toBe(1);
  }));

test("reset goes forward only, and what is below is known from then on", () =>
  inside((storage) => {
    const s = randomId<SessionId>();
    const log = new RecordLog(storage.sql);
    append(storage, event(s, 1), event(s, 2));
    expect(codeOf(() => log.reset(s, 2))).toBe("E_FORK");
    log.reset(s, 3);
    expect(log.range(s)).toEqual({ head: 2, floor: 0 });
    log.reset(s, 11);
    expect(log.range(s)).toEqual({ head: 10, floor: 10 });
    expect(log.sessionsAfter("", 10)).toEqual([]);
    expect(append(storage, event(s, 5), event(s, 12), event(s, 11))).toEqual(["known", "gap", "stored"]);
    const fresh = randomId<SessionId>();
    log.reset(fresh, 7);
    expect(append(storage, event(fresh, 7))).toEqual(["stored"]);
  }));

test("a document keeps its newest revision, and a cursor reads the changes in the order of their revs", async () => {
  const head = await docIdOf(HEAD_DOC);
  await inside((storage) => {
    const documents = new Documents(storage.sql, head);
    const doc = (session: SessionId, id: DocId, rev: number) =>
      frame("DOC", { m, session, doc: id, epoch: 1, rev, time: 1 });
    const health = randomId<DocId>();
    const sessions = Array.from({ length: 4 }, () => randomId<SessionId>());
    expect(documents.cursor(0, 2)).toEqual({ rev: 0, until: 0, heads: 0 });
    expect(documents.put(doc(MACHINE_SESSION, health, 1))).toBe(true);
    for (const [index, s] of sessions.entries()) documents.put(doc(s, head, 2 + index));
    const other = sessions[0] ?? MACHINE_SESSION;
    documents.put(doc(other, randomId<DocId>(), 6));
    expect(documents.put(doc(MACHINE_SESSION, health, 7))).toBe(true);
    expect(documents.put(doc(MACHINE_SESSION, health, 7))).toBe(false);
    expect(documents.put(doc(MACHINE_SESSION, health, 3))).toBe(false);
    const revs = (cursor: Parameters<Documents["readAfter"]>[0]) =>
      [...documents.readAfter(cursor)].map(({ rev }) => rev);
    const first = documents.cursor(0, 2);
    expect(revs(first)).toEqual([4, 5, 7]);
    documents.put(doc(other, head, 8));
    expect(revs(first)).toEqual([4, 5, 7, 8]);
    expect(revs({ ...first, rev: 5 })).toEqual([7, 8]);
    expect(revs(documents.cursor(5, 2))).toEqual([6, 7, 8]);
    expect([...documents.headsBefore(5)].map(({ rev }) => rev)).toEqual([4, 3]);
    expect(documents.newestRev()).toBe(8);
  });
});

test("a keyring never goes back to an older rev", () =>
  inside((storage) => {
    const rings = new Keyrings(storage.sql);
    const ring = (rev: number) => frame("KEYRING", { m, d, g: 1, rev, cur: 1 });
    const newer = ring(5);
    expect([rings.put(newer), rings.put(ring(4)), rings.put(ring(5))]).toEqual([true, false, false]);
    expect(rings.of(d)).toEqual(newer.bytes);
    expect(rings.of(randomId<DeviceId>())).toBeNull();
    expect(rings.revs(10)).toEqual([[d, 5]]);
  }));

test("the queue gives each device's commands in the order of their counters until they expire or are committed", () =>
  inside((storage) => {
    const queue = new CommandQueue(storage.sql);
    const commands = [command(10, 500), command(9, 500), command(2, 900)];
    for (const each of commands) queue.put(each, each.header.exp);
    queue.put(commands[0] ?? command(1, 1), 1);
    expect(framesOf([...queue.pending(100)].map((bytes) => ({ frame: bytes })))).toEqual(
      [commands[2], commands[1], commands[0]].map((each) => each?.bytes),
    );
    expect(codeOf(() => queue.put(command(10, 500), 500))).toBe("E_CTR_REUSED");
    expect(queue.nextExpiry()).toBe(500);
    queue.remove({ d, g: 1, ctr: 9 });
    queue.remove({ d, g: 1, ctr: 9 });
    expect([...queue.pending(500)]).toEqual([commands[2]?.bytes]);
    expect(queue.expire(500)).toEqual([{ d, g: 1, ctr: 10 }]);
    expect(queue.expire(900)).toEqual([{ d, g: 1, ctr: 2 }]);
    expect(queue.nextExpiry()).toBeNull();
  }));

test("R15 a device's queue is bounded in commands and in bytes", () =>
  inside((storage) => {
    const queue = new CommandQueue(storage.sql);
    for (let ctr = 1; ctr <= QUEUE_COMMANDS; ctr++) queue.put(command(ctr, 500), 500);
    expect(codeOf(() => queue.put(command(QUEUE_COMMANDS + 1, 500), 500))).toBe("E_QUOTA");
    const other = new CommandQueue(storage.sql);
    other.expire(500);
    const large = 60_000;
    const fitting = Math.floor(QUEUE_BYTES / command(1, 1, large).bytes.length);
    for (let ctr = 1; ctr <= fitting; ctr++) other.put(command(ctr, 500, large), 500);
    expect(codeOf(() => other.put(command(fitting + 1, 500, large), 500))).toBe("E_QUOTA");
  }));

test("R17 eviction takes retired records first, then the oldest of all, never a newest one, and blobs with them", () =>
  inside((storage) => {
    const [retired, old, young] = [randomId<SessionId>(), randomId<SessionId>(), randomId<SessionId>()];
    append(storage, ...[1, 2, 3, 4].map((seq) => event(retired, seq, 300 + seq)));
    append(storage, ...[1, 2, 3].map((seq) => event(old, seq, 100 + seq)));
    append(storage, ...[1, 2, 3].map((seq) => event(young, seq, 200 + seq)));
    const log = new RecordLog(storage.sql);
    const blobs = new Blobs(storage.sql);
    const [gone, kept] = [randomId<BlobId>(), randomId<BlobId>()];
    const chunk = (bid: BlobId) => frame("BLOB", { m, session: old, epoch: 1, bid, idx: 0, cnt: 1 });
    blobs.put(chunk(gone), 2);
    blobs.put(chunk(kept), 3);
    log.retire(retired, 2);
    const floors = () => [retired, old, young].map((s) => log.range(s).floor);
    let used = 1000;
    const step = (after: number) => {
      used = 1000;
      // The budget counts as regained once the given number of sessions' worth of eviction has happened.
      let looks = 0;
      const usedBytes = () => (looks++ <= after ? used : 0);
      return new Retention({ sql: storage.sql, budgetBytes: 1000, usedBytes }).makeRoom();
    };
    expect(step(1)).toBe(true);
    expect(floors()).toEqual([2, 0, 0]);
    expect(step(1)).toBe(true);
    expect(floors()).toEqual([2, 2, 0]);
    expect([blobs.get(gone, 0), blobs.get(kept, 0)?.length]).toEqual([null, chunk(kept).bytes.length]);
    expect(step(Number.POSITIVE_INFINITY)).toBe(false);
    expect(floors()).toEqual([3, 2, 2]);
    expect(append(storage, event(old, 1))).toEqual(["known"]);
    expect([...log.read(young, 0, 99)].map(({ q }) => q)).toEqual([3]);
  }));

test("room is free below the budget and nothing is evicted", () =>
  inside((storage) => {
    const s = randomId<SessionId>();
    append(storage, event(s, 1), event(s, 2));
    expect(new Retention({ sql: storage.sql, budgetBytes: 1000, usedBytes: () => 899 }).makeRoom()).toBe(true);
    expect(new RecordLog(storage.sql).range(s).floor).toBe(0);
    new Retention({ sql: storage.sql, budgetBytes: 1000, usedBytes: () => 0 }).keepNewestOnly();
    expect(new RecordLog(storage.sql).range(s)).toEqual({ head: 2, floor: 1 });
  }));

test("a blob of impossible chunks is refused, and a chunk sent again changes nothing", () =>
  inside((storage) => {
    const blobs = new Blobs(storage.sql);
    const bid = randomId<BlobId>();
    const chunk = (idx: number, cnt: number) => frame("BLOB", { m, session: MACHINE_SESSION, epoch: 1, bid, idx, cnt });
    expect(codeOf(() => blobs.put(chunk(2, 2), 1))).toBe("E_FRAME");
    expect(codeOf(() => blobs.put(chunk(0, 1000), 1))).toBe("E_SIZE");
    const first = chunk(0, 2);
    blobs.put(first, 1);
    blobs.put(chunk(0, 2), 1);
    expect(blobs.get(bid, 0)).toEqual(first.bytes);
    expect(blobs.get(bid, 1)).toBeNull();
  }));

test("facts of the hub are kept", () =>
  inside((storage) => {
    const meta = new Meta(storage.sql);
    expect([meta.pendingGrants(), meta.activeAt()]).toEqual([null, null]);
    meta.setPendingGrants({ m, rev: 3, list: [] });
    meta.setActiveAt(17);
    expect([meta.pendingGrants(), meta.activeAt()]).toEqual([{ m, rev: 3, list: [] }, 17]);
    meta.setPendingGrants(null);
    expect(meta.pendingGrants()).toBeNull();
  }));

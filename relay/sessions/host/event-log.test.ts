// The log of a session host: files that follow each other, whole lines only, from any offset that was given out.
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLog, readLog } from "./event-log.ts";

const SEGMENT = 100;
let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kelpie-events-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lines = (from: number): string[] => [...readLog(dir, from)].map(({ line }) => line);
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `{"n":${n},"t":"ä${"x".repeat(n)}"}`);

test("from every offset that was given out the rest comes once, in order, across files", () => {
  const log = new EventLog(dir, { segmentBytes: SEGMENT });
  const all = numbered(30);
  const offsets = all.map((line) => (log.append(line), log.end));
  expect(readdirSync(dir).length).toBeGreaterThan(5);
  expect(lines(0)).toEqual(all);
  for (const [index, at] of offsets.entries()) expect(lines(at)).toEqual(all.slice(index + 1));
  expect([...readLog(dir, 0)].map(({ at }) => at)).toEqual(offsets);
  log.close();
});

test("what was cut off in the middle of a line was never an event", () => {
  const log = new EventLog(dir, { segmentBytes: SEGMENT });
  log.append("one");
  log.close();
  appendFileSync(join(dir, readdirSync(dir)[0] ?? ""), '{"type":"upd');
  expect(lines(0)).toEqual(["one"]);
});

test("files that were taken whole are deleted, and no other", () => {
  const log = new EventLog(dir, { segmentBytes: SEGMENT });
  const all = numbered(30);
  const offsets = all.map((line) => (log.append(line), log.end));
  for (const [index, at] of offsets.entries()) {
    log.prune(at);
    expect(lines(at)).toEqual(all.slice(index + 1));
  }
  expect(readdirSync(dir)).toHaveLength(1);
  log.close();
});

test("a follower gets what is there and what comes, and ends when told", async () => {
  const log = new EventLog(dir, { segmentBytes: SEGMENT });
  const all = numbered(40);
  for (const line of all.slice(0, 20)) log.append(line);
  const end = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { line } of log.follow(0, end.signal)) {
      seen.push(line);
      const next = all[seen.length + 19];
      if (next !== undefined) log.append(next);
      if (seen.length === all.length) end.abort();
    }
  })();
  await following;
  expect(seen).toEqual(all);
  log.close();
});

test("R17 what a full disk does not take waits, and is written once and whole when there is room", () => {
  let room = 7;
  const write = (file: number, bytes: Uint8Array, from: number): number => {
    if (room === 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    const count = writeSync(file, bytes, from, Math.min(room, bytes.length - from));
    room -= count;
    return count;
  };
  const log = new EventLog(dir, { segmentBytes: SEGMENT, write });
  expect([log.append("one"), log.append("two"), log.append("three")]).toEqual([true, false, false]);
  expect([log.isFull, log.end]).toEqual([true, 4]);
  expect(log.flush()).toBe(false);
  expect(lines(0)).toEqual(["one"]);
  room = 1000;
  expect(log.flush()).toBe(true);
  expect(lines(0)).toEqual(["one", "two", "three"]);
  log.close();
});

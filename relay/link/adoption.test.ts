// Taking records back from the Worker: what is ours and fits is taken, anything else stops the session.
import { expect, onTestFinished, test } from "vitest";
import {
  genesis,
  importVerifyKey,
  isFrame,
  MACHINE_SESSION,
  parseFrame,
  randomId,
  type Bytes,
  type Frame,
  type RelayToHub,
  type SessionId,
} from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { openCore, type Core } from "../commands/test/test-core.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { Adoption } from "./adoption.ts";

/** A relay that wrote `count` records of one session, and another one of the same identity that lost those after `kept`. */
async function lost(count: number, kept: number) {
  const clock = new ManualClock();
  const folder = stateFolder();
  const core = await openCore({ folder, clock });
  const session = randomId<SessionId>();
  core.log.begin(session);
  for (let at = 0; at < count; at++) await core.log.append(session, { k: "state", s: at % 2 ? "idle" : "running" });
  const frames = core.log.read(session, 1, { maxBytes: 1e9, maxRecords: 1e9 }).map(({ frame }) => frame);
  const head = core.log.head(session);
  if (head === null) throw new Error("nothing written");
  core.db.run("DELETE FROM rec WHERE s = ? AND q > ?", session, kept);
  await core.close();
  const again = await openCore({ folder, clock });
  onTestFinished(() => again.close());
  return { core: again, session, frames, head, clock };
}

/** The hub's answers as a test wants them. */
async function adopt(
  core: Core,
  clock: ManualClock,
  answer: (message: Extract<RelayToHub, { t: "pull" }>) => readonly Bytes[],
) {
  const marks: unknown[] = [];
  const adoption: Adoption = new Adoption({
    ...{ machine: core.identity.machine, ri: await importVerifyKey(core.identity.riPublic), log: core.log, clock },
    restoring: { mark: (...mark) => void marks.push(mark) },
    send: (message) => {
      if (message.t !== "pull") throw new Error("only pulls");
      const frames = answer(message);
      queueMicrotask(() => {
        if (frames.length === 0) adoption.nothing([message.s, message.from]);
        for (const bytes of frames) adoption.record(evt(bytes));
      });
    },
    note: () => undefined,
  });
  return { adoption, marks };
}

function evt(bytes: Bytes): Frame<"EVT"> {
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "EVT")) throw new Error("not an EVT");
  return frame;
}

const slice = (frames: readonly Bytes[], { from, to }: { from: number; to: number }) => frames.slice(from - 1, to);

test("R14 records of ours that were lost are taken back page by page, up to the very head", async () => {
  const { core, session, frames, head, clock } = await lost(450, 3);
  const pages: [number, number][] = [];
  const { adoption, marks } = await adopt(core, clock, (pull) => {
    pages.push([pull.from, pull.to]);
    return slice(frames, pull);
  });
  expect(await adoption.take({ session, ...head })).toBe(true);
  expect(core.log.head(session)).toEqual(head);
  expect(pages).toEqual([
    [4, 204],
    [205, 405],
    [406, 450],
  ]);
  expect(marks[0]).toEqual([session, 4]);
  core.log.admit(session);
  expect(await core.log.append(session, { k: "state", s: "ended" })).toEqual({ seq: 451 });
});

test("R14 an evicted middle is a gap below the signed head, and history.get says so", async () => {
  const { core, session, frames, head, clock } = await lost(600, 2);
  const { adoption } = await adopt(core, clock, ({ from, to }) => slice(frames, { from: Math.max(from, 301), to }));
  expect(await adoption.take({ session, ...head })).toBe(true);
  const held = core.log.read(session, 1, { maxBytes: 1e9, maxRecords: 1e9 }).map(({ seq }) => seq);
  expect(held).toEqual([1, 2, ...Array.from({ length: 300 }, (_, at) => 301 + at)]);
  const get = (from: number, to: number) => core.pipeline.desk("history.get", { s: session, from, to });
  expect(await get(1, 100)).toMatchObject({ frames: { length: 2 }, next: 3 });
  expect(await get(3, 100)).toEqual({ frames: [], floor: 300 });
  expect(await get(250, 310)).toMatchObject({ floor: 300, frames: { length: 10 } });
});

test("R14 a record that we did not sign, that does not follow, or that ends elsewhere is not taken", async () => {
  const cases: ((frames: readonly Bytes[]) => Bytes[])[] = [
    (frames) => frames.map((frame, at) => (at === 4 ? flipped(frame, frame.length - 1) : frame)),
    (frames) => frames.map((frame, at) => (at === 4 ? flipped(frame, 100) : frame)),
    (frames) => frames.map((frame, at) => (at === 4 ? (frames[5] ?? frame) : frame)),
    (frames) => frames.filter((_, at) => at !== 4),
  ];
  for (const spoil of cases) {
    const { core, session, frames, head, clock } = await lost(8, 2);
    const { adoption, marks } = await adopt(core, clock, (pull) => slice(spoil(frames), pull));
    expect(await adoption.take({ session, ...head })).toBe(false);
    expect([core.log.head(session)?.seq, marks]).toEqual([2, []]);
  }
  const { core, session, frames, clock } = await lost(8, 2);
  const { adoption } = await adopt(core, clock, (pull) => slice(frames, pull));
  const h = await genesis(core.identity.machine, session);
  expect(await adoption.take({ session, seq: 8, h })).toBe(false);
});

test("R14 a record that follows another history than ours is not taken: both were signed by us", async () => {
  const { core, session, frames, head, clock } = await lost(6, 1);
  core.log.admit(session);
  await core.log.append(session, { k: "state", s: "ended" });
  expect(core.log.head(session)?.seq).toBe(2);
  const { adoption, marks } = await adopt(core, clock, (pull) => slice(frames, pull));
  expect(await adoption.take({ session, ...head })).toBe(false);
  expect([core.log.head(session)?.seq, marks]).toEqual([2, []]);
});

test("a Worker that names a head and gives no record is left after a while", async () => {
  const { core, session, head, clock } = await lost(8, 2);
  const { adoption } = await adopt(core, clock, () => [new Uint8Array(0)].slice(1));
  // Nothing of the page, and nothing of the head either: it has lied.
  expect(await adoption.take({ session, ...head })).toBe(false);
  const silent = new Adoption({
    ...{ machine: core.identity.machine, ri: await importVerifyKey(core.identity.riPublic), log: core.log, clock },
    ...{ restoring: { mark: () => undefined }, send: () => undefined, note: () => undefined },
  });
  const taking = silent.take({ session, ...head }).catch((error: unknown) => error);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  clock.advance(30_000);
  expect(await taking).toMatchObject({ code: "E_TIMEOUT" });
  expect(core.log.head(MACHINE_SESSION)).toBeNull();
});

function flipped(frame: Bytes, at: number): Bytes {
  const copy = frame.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

import { afterEach, beforeEach, expect, test } from "vitest";
import {
  BEACON_MIN_MS,
  BEACON_MS,
  beacon,
  decodePlain,
  MACHINE_SESSION,
  openFrame,
  parseFrame,
  randomBytes,
  randomId,
  toB64,
  verifyFrame,
  importVerifyKey,
  type AnyFrame,
  type Beacon,
  type DeviceId,
  type SessionId,
} from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { BeaconSender } from "./beacon.ts";
import { openBench, type Bench } from "./test/link-parts.ts";

let bench: Bench;
let clock: ManualClock;
let sent: AnyFrame[];
let sender: BeaconSender;
const device = randomId<DeviceId>();
const nonce = (): string => toB64(randomBytes(16));

beforeEach(async () => {
  clock = new ManualClock();
  bench = await openBench(clock);
  sent = [];
  let n = 0;
  sender = new BeaconSender({
    ...bench.parts,
    nextBeacon: () => ++n,
    send: (frame) => void sent.push(parseFrame(frame)),
  });
});
afterEach(() => {
  sender.pause();
  bench.close();
});

async function sentBecome(count: number): Promise<void> {
  await expect.poll(() => sent.length, { interval: 2, timeout: 5_000 }).toBe(count);
}

async function contentOf(frame: AnyFrame | undefined): Promise<Beacon> {
  if (frame?.name !== "BEACON") throw new Error("no beacon");
  const plain = await openFrame(frame, await bench.core.trust.epochs.key(frame.header.epoch, MACHINE_SESSION));
  if (plain === null) throw new Error("does not open");
  return decodePlain("BEACON", plain, beacon);
}

test("a new nonce brings a signed beacon at once that echoes it for its device", async () => {
  const first = nonce();
  sender.watch([[device, first]]);
  clock.advance(0);
  await sentBecome(1);
  expect((await contentOf(sent[0])).echo).toEqual([[device, first]]);
  const [frame] = sent;
  if (frame?.name !== "BEACON") throw new Error("no beacon");
  expect(await verifyFrame(frame, await importVerifyKey(bench.core.identity.riPublic))).toBe(true);
});

test("at most one a second however many nonces come, then one every fifteen", async () => {
  sender.watch([[device, nonce()]]);
  clock.advance(0);
  await sentBecome(1);
  for (let more = 0; more < 5; more += 1) sender.watch([[device, nonce()]]);
  clock.advance(BEACON_MIN_MS - 1);
  await sentBecome(1);
  clock.advance(1);
  await sentBecome(2);
  clock.advance(BEACON_MS - 1);
  await sentBecome(2);
  clock.advance(1);
  await sentBecome(3);
  const counts = sent.map((frame) => (frame.name === "BEACON" ? frame.header.n : 0));
  expect(counts).toEqual([1, 2, 3]);
});

test("nobody watches: nothing is sent, however long it takes", async () => {
  expect(sender.isWatched()).toBe(false);
  sender.watch([[device, nonce()]]);
  clock.advance(0);
  await sentBecome(1);
  sender.watch([]);
  clock.advance(10 * BEACON_MS);
  expect(sender.isWatched()).toBe(false);
  await sentBecome(1);
});

test("S11 it names the sessions that grew last, also those of an earlier connection or boot, latest first", async () => {
  const { log } = bench.core;
  const sessions = [randomId<SessionId>(), randomId<SessionId>()];
  for (const session of [...sessions, ...sessions.slice(0, 1)]) {
    log.begin(session);
    await log.append(session, { k: "note", code: "x" });
  }
  sender.watch([[device, nonce()]]);
  clock.advance(0);
  await sentBecome(1);
  const { heads } = await contentOf(sent[0]);
  const [first, second] = sessions;
  expect(heads.map(([session, seq]) => [session, seq]).slice(0, 2)).toEqual([
    [first, 2],
    [second, 1],
  ]);
});

import { beforeAll, expect, test } from "vitest";
import {
  encodeHeader,
  joinFrame,
  PAIR_LINK_MS,
  PAIR_POLL_MS,
  PAIR_POSTS,
  PAIR_REPLY_KEPT_MS,
  PAIR_SETTLE_MS,
  PAIR_UNKNOWN_PER_MINUTE,
  randomBytes,
  randomId,
  type Bytes,
  type PairId,
} from "../../schema/index.ts";
import { inside, newRelayPeer, type MemorySocket, type Peer, type World } from "../test/world.ts";
import type { PairAnswer } from "./pairing.ts";

const HERE = "192.0.2.1";

let relay: Peer;
beforeAll(async () => void (relay = await newRelayPeer()));

const pairFrame = (name: "PAIR1" | "PAIR2" | "PAIR3", pid: PairId): Bytes =>
  joinFrame(encodeHeader(name, { pid }), randomBytes(300));

const OFFLINE: PairAnswer = { status: "refused", code: "E_OFFLINE" };
const UNKNOWN: PairAnswer = { status: "refused", code: "E_PAIR_EXPIRED" };

async function opened(world: World, pid: PairId): Promise<MemorySocket> {
  const uplink = await world.connect(relay);
  await world.say(uplink, { t: "pair_open", pid, exp: world.now + PAIR_LINK_MS });
  return uplink;
}

test("a post without an answer is told so after 25 s, and the same bytes may come again", () =>
  inside(async (world) => {
    const pid = randomId<PairId>();
    const uplink = await opened(world, pid);
    const pair1 = pairFrame("PAIR1", pid);
    let answer: PairAnswer | null = null;
    const posting = world.rules.pair(pair1, HERE).then((each) => (answer = each));
    await world.pass(PAIR_POLL_MS - 1);
    expect(answer).toBeNull();
    await world.pass(1);
    expect(await posting).toEqual({ status: "silent" });
    const again = world.rules.pair(pair1, HERE);
    const pair2 = pairFrame("PAIR2", pid);
    await world.send(uplink, pair2);
    expect(await again).toEqual({ status: "frames", bytes: pair2 });
  }));

test("an open pairing takes 40 posts in all, also over a sleep", () =>
  inside(async (world) => {
    const pid = randomId<PairId>();
    const uplink = await opened(world, pid);
    const pair1 = pairFrame("PAIR1", pid);
    const posts: Promise<PairAnswer>[] = [];
    for (let count = 0; count < PAIR_POSTS; count++) {
      posts.push(world.rules.pair(pair1, HERE));
      if (count === PAIR_POSTS / 2) world.wake();
    }
    expect(uplink.binary).toHaveLength(PAIR_POSTS);
    await world.say(uplink, { t: "pair_open", pid, exp: world.now + PAIR_LINK_MS });
    expect(await world.rules.pair(pair1, "192.0.2.2")).toEqual({ status: "refused", code: "E_RATE" });
    expect(uplink.binary).toHaveLength(PAIR_POSTS);
  }));

test("replies are still asked for in the two minutes after the link has expired, and not later", () =>
  inside(async (world) => {
    const pid = randomId<PairId>();
    await opened(world, pid);
    await world.pass(PAIR_LINK_MS + PAIR_REPLY_KEPT_MS - 1);
    const asking = world.rules.pair(pairFrame("PAIR3", pid), HERE);
    await world.pass(PAIR_POLL_MS);
    expect(await asking).toEqual({ status: "silent" });
    expect(await world.rules.pair(pairFrame("PAIR3", pid), HERE)).toEqual(UNKNOWN);
  }));

test("guessing is slowed down per address, and goes on after a minute", () =>
  inside(async (world) => {
    await world.connect(relay);
    await world.pass(PAIR_SETTLE_MS);
    const guess = (address: string) => world.rules.pair(pairFrame("PAIR1", randomId<PairId>()), address);
    for (let count = 0; count < PAIR_UNKNOWN_PER_MINUTE; count++) expect(await guess(HERE)).toEqual(UNKNOWN);
    expect(await guess(HERE)).toMatchObject({ code: "E_RATE", retryMs: 60_000 });
    expect(await guess("192.0.2.2")).toEqual(UNKNOWN);
    await world.pass(60_000);
    expect(await guess(HERE)).toEqual(UNKNOWN);
  }));

test("a post that waits while the relay's socket vanishes or is replaced is told to try again, not left waiting", () =>
  inside(async (world) => {
    const pid = randomId<PairId>();
    const uplink = await opened(world, pid);
    const [first, second] = [world.rules.pair(pairFrame("PAIR1", pid), HERE), pairFrame("PAIR1", pid)];
    uplink.close(1006);
    world.rules.closed(uplink);
    expect(await first).toEqual(OFFLINE);
    expect(await world.rules.pair(second, HERE)).toEqual(OFFLINE);
    await opened(world, pid);
    const waiting = world.rules.pair(second, HERE);
    await world.connect(relay);
    expect(await waiting).toEqual(OFFLINE);
  }));

test("a relay that is only just back has not said yet which pairings are open: nothing is called expired", () =>
  inside(async (world) => {
    const pid = randomId<PairId>();
    const uplink = await opened(world, pid);
    uplink.close(1006);
    world.rules.closed(uplink);
    const back = await world.connect(relay);
    expect(await world.rules.pair(pairFrame("PAIR3", pid), HERE)).toEqual(OFFLINE);
    await world.say(back, { t: "pair_open", pid, exp: world.now + PAIR_LINK_MS });
    const asking = world.rules.pair(pairFrame("PAIR3", pid), HERE);
    await world.pass(PAIR_POLL_MS);
    expect(await asking).toEqual({ status: "silent" });
    expect(await world.rules.pair(pairFrame("PAIR3", randomId<PairId>()), HERE)).toEqual(UNKNOWN);
  }));

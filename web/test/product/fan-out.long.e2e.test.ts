// Many viewers of one session: 25 devices with 8 sockets each, and one that stalls. The long form by KELPIE_LONG=1.
import { afterEach, expect, test } from "vitest";
import type { SessionId } from "../../../schema/index.ts";
import { memoryOf } from "../../../relay/house/processes.ts";
import { MemoryStore } from "../../live/memory-store.ts";
import type { Device } from "../device.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { commandOf, endedTurns, lineNumbers, openWorld, prose, stateOf, upTo, type World } from "./world.ts";

const IS_LONG = process.env["KELPIE_LONG"] === "1";
const DEVICES = 25;
const SOCKETS_EACH = 8;
const LINES_PER_SECOND = 20;
const SECONDS = IS_LONG ? 60 : 10;
/** A line of the demo agent is some 290 bytes in a record. */
const FLOOD_LINES = IS_LONG ? 700_000 : 100_000;
const FLOODS_STALLED = 3;
const WARM_UPS = 2;
const GROWTH_BYTES = 16 * 1024 * 1024;
const WAIT_MS = IS_LONG ? 400_000 : 100_000;
const SAMPLE_EVERY_MS = 50;

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test(
  `${DEVICES * SOCKETS_EACH} sockets on one session for ${SECONDS} s: every line on every one, once and in order`,
  async () => {
    world = await openWorld({ demoPaceMs: 1000 / LINES_PER_SECOND });
    const viewers: Device[] = [];
    for (let number = 0; number < DEVICES; number += 1) {
      const store = new MemoryStore();
      viewers.push(await world.device(`device ${number}`, { store }));
      // The other tabs of that browser: the same keys, a socket each.
      for (let tab = 1; tab < SOCKETS_EACH; tab += 1) viewers.push(await world.unpaired({ store: store.snapshot() }));
    }
    const [first] = viewers;
    if (first === undefined) throw new Error("no viewer");
    const session = await world.begin(first);
    await first.waitFor(() => stateOf(first, session) === "idle");
    await Promise.all(viewers.map((viewer) => viewer.watch(session)));
    await Promise.all(viewers.map((viewer) => viewer.waitFor(() => viewer.view().live === "live", WAIT_MS)));
    const lines = SECONDS * LINES_PER_SECOND;
    commandOf(await first.prompt(session, `stream ${lines}`));
    await Promise.all(viewers.map((viewer) => viewer.waitFor(() => endedTurns(viewer, session).length === 1, WAIT_MS)));
    const wanted = upTo(lines).join();
    const wrong = viewers.filter((viewer) => lineNumbers(prose(viewer, session)).join() !== wanted);
    expect(wrong).toHaveLength(0);
  },
  WAIT_MS,
);

test(
  "a device that stops reading costs relay and hub no memory, and the others miss nothing",
  async () => {
    const own = await openWorld({ demoPaceMs: 0 });
    world = own;
    const proxy = await CuttableProxy.to(own.product.url);
    try {
      const stalling = await own.device("stalls", { dial: proxy.dial, post: proxy.post });
      const healthy = await own.device("reads");
      const session = await own.begin(healthy);
      await stalling.waitFor(() => stateOf(stalling, session));
      await stalling.watch(session);
      // What a flood costs by itself is known from those that nobody hinders; the heap of the first ones still grows.
      const usual = await peakDuring(own, async () => {
        for (let turn = 1; turn <= WARM_UPS; turn += 1) await flood(healthy, session, turn);
      });
      proxy.stall();
      // What is kept for a device that does not read is there in every flood; what a collector left is not.
      const grown = { relay: Infinity, hub: Infinity };
      for (let turn = WARM_UPS + 1; turn <= WARM_UPS + FLOODS_STALLED; turn += 1) {
        const stalled = await peakDuring(own, () => flood(healthy, session, turn));
        grown.relay = Math.min(grown.relay, stalled.relay - usual.relay);
        grown.hub = Math.min(grown.hub, stalled.hub - usual.hub);
      }
      expect(lineNumbers(prose(stalling, session)).length).toBeLessThan((WARM_UPS + 1) * FLOOD_LINES);
      expect(grown.relay).toBeLessThan(GROWTH_BYTES);
      expect(grown.hub).toBeLessThan(GROWTH_BYTES);
    } finally {
      await proxy.close();
    }
  },
  WAIT_MS,
);

async function flood(viewer: Device, session: SessionId, turn: number): Promise<void> {
  commandOf(await viewer.prompt(session, `stream ${FLOOD_LINES} fast`));
  await viewer.waitFor(() => endedTurns(viewer, session).length === turn, WAIT_MS);
  const lines = lineNumbers(prose(viewer, session)).slice((turn - 1) * FLOOD_LINES);
  expect(lines.length).toBe(FLOOD_LINES);
  expect(lines.every((line, index) => line === index + 1)).toBe(true);
}

/** The most that relay and workerd held at any look. */
async function peakDuring(
  of: World,
  work: () => Promise<void>,
): Promise<{ readonly relay: number; readonly hub: number }> {
  const peak = { relay: 0, hub: 0 };
  const timer = setInterval(() => {
    peak.relay = Math.max(peak.relay, memoryOf(of.product.pid));
    peak.hub = Math.max(peak.hub, memoryOf(of.product.workerdPid()));
  }, SAMPLE_EVERY_MS);
  try {
    await work();
    return peak;
  } finally {
    clearInterval(timer);
  }
}

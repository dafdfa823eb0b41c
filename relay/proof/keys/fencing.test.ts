// Two relays with one identity, as when a state folder was cloned and both copies run: the Worker lets only one in at a time,
// and one of the two stops. Never do both write.
import { afterAll, beforeAll, expect, test } from "vitest";
import { MACHINE_SESSION } from "../../../schema/index.ts";
import { KeyWorld, until, type RelayAtWork } from "./key-world.ts";

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.open();
});
afterAll(() => world.stop());

const statusOf = ({ relay }: RelayAtWork) => relay.link.state();
const isRefused = (at: RelayAtWork): boolean => statusOf(at).status === "refused";

test("R14 of two relays with one identity the older is closed, one stops for good, and no record ever has two contents", async () => {
  const first = await world.relay();
  const device = await world.device(first);
  const session = await world.session(first, device);
  await first.stop();
  world.copy("state", "clone");
  const one = await world.relay();
  await world.online(one);
  const two = await world.relay({ folder: "clone" });
  const both = [one, two];
  // Each goes on writing whenever it may, as its agents would.
  let line = 0;
  const write = (): void => {
    for (const { relay } of both) {
      for (const s of [session, MACHINE_SESSION]) {
        relay.core.log.append(s, { k: "note", code: "test", text: `${line++}` }).catch(() => undefined);
      }
    }
    world.records();
  };
  const writing = setInterval(write, 100);
  await until("one of them has given up", () => both.some(isRefused), 40_000);
  clearInterval(writing);
  const [loser] = both.filter(isRefused);
  const [winner] = both.filter((each) => !isRefused(each));
  if (loser === undefined || winner === undefined) throw new Error("both gave up");
  expect(statusOf(loser)).toEqual({ status: "refused", code: "identity-in-use" });
  await world.online(winner);
  const stored = world.records();
  loser.relay.core.log
    .append(MACHINE_SESSION, { k: "note", code: "test", text: "nobody hears it" })
    .catch(() => undefined);
  await winner.relay.core.log.flush();
  expect(world.records()).toBeGreaterThanOrEqual(stored);
  await device.waitFor(() => device.view().live === "live");
  // Of what the two wrote against each other, each session goes on in one history or stops; the loser's never reach the Worker.
  expect([...loser.notes, ...winner.notes].filter((note) => note === "hub-error")).toEqual([]);
}, 120_000);

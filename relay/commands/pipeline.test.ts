// What becomes of commands, against the real trust store, journal and disk.
import { expect, it } from "vitest";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { openCore, pairDevice, until } from "./test/test-core.ts";

it("answers accepted, then done, and tells the hub to forget the command", async () => {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock });
  const device = await pairDevice(core, clock);
  await until(() => core.results.length === 2);
  const first = await Promise.all(core.results.map((res) => device.result(res)));
  expect(first.map(({ plain }) => plain.status)).toEqual(["accepted", "done"]);
  expect(first.map(({ header }) => [header.n, header.final])).toEqual([
    [1, 0],
    [2, 1],
  ]);
  expect(core.got).toEqual([[device.d, 1, 1]]);
  expect(core.store.get(device.d)?.state).toBe("active");
  await core.close();
});

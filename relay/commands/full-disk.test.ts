import { expect, it } from "vitest";
import { AppError, randomId, type RootId } from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { openCore, pairDevice, until } from "./test/test-core.ts";

it("R6: a command that the disk lets be accepted but not begun ends as failed, not never", async () => {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock });
  const device = await pairDevice(core, clock, { scope: "admin" });
  await until(() => core.results.length === 2);
  const run = core.db.run.bind(core.db);
  core.db.run = (sql, ...rest) => {
    if (sql.includes("'running'")) throw new AppError("E_DISK", { reason: "the disk is full" });
    return run(sql, ...rest);
  };
  const start = { root: randomId<RootId>(), agent: "demo" };
  await core.pipeline.receive(await device.command("session.start", start, clock.now()));
  await until(() => core.results.length === 4);
  const answers = await Promise.all(core.results.slice(2).map((res) => device.result(res)));
  expect(answers.map(({ plain }) => [plain.status, plain.code])).toEqual([
    ["accepted", undefined],
    ["failed", "E_DISK"],
  ]);
  expect(core.runs).toEqual([]);
});

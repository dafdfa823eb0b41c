// What a restart makes of commands that a crash interrupted.
import { expect, it } from "vitest";
import { randomId, type Bytes, type RootId, type SessionId } from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import type { Recover } from "./ports.ts";
import { openCore, pairDevice, until } from "./test/test-core.ts";

const START = { root: randomId<RootId>(), agent: "demo" };
const S = randomId<SessionId>();

/**
 * A device's command whose operation never ends, then a restart. `asAccepted` puts the row back to before `running` was
 * committed, as a crash between the two commits leaves it.
 */
async function crashed(
  op: string,
  args: object,
  options: { asAccepted?: true; recover?: Recover; revoke?: true } = {},
) {
  const clock = new ManualClock();
  const folder = stateFolder();
  const never = (): Promise<never> => new Promise(() => undefined);
  const first = await openCore({ folder, clock, handlers: { "session.start": never, "session.stop": never } });
  const device = await pairDevice(first, clock);
  await until(() => first.results.length === 2);
  const frame: Bytes = await device.command(op, args, clock.now());
  await first.pipeline.receive(frame);
  if (options.asAccepted) first.db.run("UPDATE cmd SET state = 'accepted' WHERE ctr = 2");
  if (options.revoke) await first.store.revoke(device.d);
  await first.close();
  const core = await openCore({ folder, clock, ...(options.recover ? { recover: options.recover } : {}) });
  await core.pipeline.recover();
  return { core, device, frame };
}

it("R5: an interrupted operation that must not be repeated ends as indeterminate", async () => {
  const { core, device, frame } = await crashed("session.start", START);
  expect(core.runs).toEqual([]);
  const [result] = await Promise.all(core.results.map((res) => device.result(res)));
  expect(result).toMatchObject({ plain: { status: "indeterminate" }, header: { final: 1 } });
  await core.pipeline.receive(frame);
  expect(core.results[1]).toEqual(core.results[0]);
  expect(core.runs).toEqual([]);
});

it("R5: an interrupted operation whose effect is known ends as done, without running again", async () => {
  const { core, device } = await crashed("session.start", START, { recover: (_op, [, , ctr]) => ({ s: S, ctr }) });
  expect(core.runs).toEqual([]);
  const [result] = await Promise.all(core.results.map((res) => device.result(res)));
  expect(result?.plain).toMatchObject({ status: "done", data: { s: S, ctr: 2 } });
});

it("R5: an interrupted idempotent operation runs again", async () => {
  const { core } = await crashed("session.stop", { s: S });
  await until(() => core.results.length === 1);
  expect(core.runs).toMatchObject([{ op: "session.stop" }]);
});

it("R5: an accepted operation that had not begun runs once", async () => {
  const { core, frame } = await crashed("session.start", START, { asAccepted: true });
  await until(() => core.results.length === 1);
  await core.pipeline.receive(frame);
  expect(core.runs).toMatchObject([{ op: "session.start" }]);
});

it("S8: an accepted operation of a device revoked meanwhile never begins", async () => {
  const { core } = await crashed("session.start", START, { asAccepted: true, revoke: true });
  expect([core.runs, core.results]).toEqual([[], []]);
  expect(core.db.get("SELECT state, res FROM cmd WHERE ctr = 2")).toMatchObject({ state: "final", res: null });
});

// A relay on an older copy of its state: what ran since does not run again, and only new keys give a device its power back.
import { expect, it } from "vitest";
import { COMMIT_GATHER_MS, randomId, type Bytes, type RootId } from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import type { TestDevice } from "../trust/test/test-device.ts";
import { openCore, pairDevice, until, type Core } from "./test/test-core.ts";

const START = { root: randomId<RootId>(), agent: "demo" };
const MET = { why: "moved", epoch: 1, isTrustLost: false, records: 0, above: { rings: 0, grants: 0 } } as const;
const nothing = (): void => undefined;

async function fresh(): Promise<{ core: Core; clock: ManualClock; folder: string; device: TestDevice }> {
  const clock = new ManualClock();
  const folder = stateFolder();
  const core = await openCore({ folder, clock });
  return { core, clock, folder, device: await pairDevice(core, clock) };
}

/** What the device is told about a frame, at once. */
async function codeOf(core: Core, device: TestDevice, frame: Bytes): Promise<string | undefined> {
  const before = core.results.length;
  await core.pipeline.receive(frame);
  await until(() => core.results.length > before);
  return (await device.result(core.results.at(-1) ?? new Uint8Array(0))).plain.code;
}

it("R14 a command that was open in the copy has an end that nobody knows, and never runs", async () => {
  const { core, clock, folder, device } = await fresh();
  const frame = await device.command("session.cancel", { s: device.d }, clock.now(), { ctr: 7 });
  await core.pipeline.receive(frame);
  // Its record may have to wait for others to be committed with.
  const after = (isSo: () => boolean) => until(() => (clock.advance(COMMIT_GATHER_MS), isSo()));
  await after(() => core.db.all("SELECT 1 FROM cmd WHERE ctr = 7 AND state = 'final'").length === 1);
  expect(core.runs).toHaveLength(1);
  // As the copy was made between the two commits.
  core.db.run("UPDATE cmd SET state = 'accepted', res = NULL, frame = ? WHERE ctr = 7", frame);
  await core.close();
  const again = await openCore({ folder, clock });
  const setBack = again.pipeline.setBack([]).then(() => again.pipeline.recover());
  await after(() => again.results.length > 0);
  await setBack;
  expect(again.runs).toEqual([]);
  const answer = await device.result(again.results.at(-1) ?? new Uint8Array(0));
  expect(answer.plain).toMatchObject({ status: "indeterminate" });
});

it("R14 what the records taken back name is over for good, also once the device may ask again", async () => {
  const { core, clock, device } = await fresh();
  const ran = await device.command("session.start", START, clock.now(), { ctr: 20 });
  await core.pipeline.setBack([[device.d, 1, 20]]);
  expect(await codeOf(core, device, ran)).toBe("E_CTR_OLD");
  expect(core.runs).toEqual([]);
});

it("R14 a device of the copy has no command taken but device.rekey, and all of them once it has new keys", async () => {
  const { core, clock, device } = await fresh();
  const command = () => device.command("session.start", START, clock.now());
  await core.store.restore(MET, nothing);
  expect(await codeOf(core, device, await command())).toBe("E_REKEY");
  const { frame, adopt } = await device.rekey(clock.now());
  await core.pipeline.receive(frame);
  await until(() => core.store.get(device.d)?.mustRekey === true && core.results.length >= 5);
  const answer = core.results.at(-1) ?? new Uint8Array(0);
  expect(await codeOf(core, device, await command())).toBe("E_REKEY");
  await adopt(answer);
  expect(await codeOf(core, device, await command())).toBeUndefined();
  expect(core.store.get(device.d)).toMatchObject({ g: 2, mustRekey: false });
  expect(core.runs).toHaveLength(1);
});

it("R14 keys agreed before the copy was made do not free a device of the duty to change them", async () => {
  const { core, clock, device } = await fresh();
  const { frame, adopt } = await device.rekey(clock.now());
  await core.pipeline.receive(frame);
  await until(() => core.results.length >= 4);
  const answer = core.results.at(-1) ?? new Uint8Array(0);
  await core.store.restore(MET, nothing);
  await adopt(answer);
  expect(await codeOf(core, device, await device.command("session.start", START, clock.now()))).toBe("E_REKEY");
  expect(core.store.get(device.d)).toMatchObject({ g: 2, mustRekey: true });
});

it("R14 with trust lost a device is held: no command at all, no keyring, until it is confirmed", async () => {
  const { core, clock, device } = await fresh();
  await core.store.restore({ ...MET, isTrustLost: true }, nothing);
  expect(core.store.get(device.d)?.state).toBe("held");
  expect(await core.store.all()).toEqual([]);
  expect(await codeOf(core, device, (await device.rekey(clock.now())).frame)).toBe("E_REKEY");
  expect(await codeOf(core, device, await device.command("device.hello", { app: "x" }, clock.now()))).toBe("E_REKEY");
  await core.store.confirm(device.d);
  expect(await core.store.all()).toHaveLength(1);
  expect(await codeOf(core, device, await device.command("session.start", START, clock.now()))).toBe("E_REKEY");
  const { frame } = await device.rekey(clock.now());
  expect(await codeOf(core, device, frame)).toBeUndefined();
  expect(core.runs).toEqual([]);
});

it("R14 epochs, keyrings and grants go on above everything that was met", async () => {
  const { core, clock } = await fresh();
  const above = { rings: clock.now() + 5_000, grants: clock.now() + 9_000 };
  await core.store.restore({ ...MET, epoch: 41, above }, nothing);
  expect(core.epochs.current()).toBe(42);
  expect(core.store.rev()).toBe(above.rings + 1);
  expect((await core.store.grants()).rev).toBe(above.grants + 1);
});

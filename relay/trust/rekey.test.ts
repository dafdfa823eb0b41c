// device.rekey on the relay: both roots side by side, the older one really gone, and nothing of it opens any more.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  isFrame,
  OLD_ROOT_KEPT_MS,
  openFrame,
  parseFrame,
  type Bytes,
  type DeviceId,
  type PairwiseKeys,
} from "../../schema/index.ts";
import { openCore, pairDevice, until, type Core } from "../commands/test/test-core.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import type { TestDevice } from "./test/test-device.ts";

async function fresh() {
  const clock = new ManualClock();
  const folder = stateFolder();
  const core = await openCore({ folder, clock });
  return { core, clock, folder, device: await pairDevice(core, clock) };
}

/** The final result of the newest command that has one. */
async function finalOf(core: Core, frame: Bytes): Promise<Bytes> {
  const command = parseFrame(frame);
  if (!isFrame(command, "CMD")) throw new Error("not a CMD");
  const found = (): Bytes | undefined =>
    core.results.findLast((bytes) => {
      const res = parseFrame(bytes);
      const { g, ctr } = command.header;
      return isFrame(res, "RES") && res.header.final === 1 && res.header.g === g && res.header.ctr === ctr;
    });
  await until(() => found() !== undefined);
  return found() ?? new Uint8Array(0);
}

async function send(core: Core, frame: Bytes): Promise<Bytes> {
  await core.pipeline.receive(frame);
  return finalOf(core, frame);
}

async function rekeyed(core: Core, clock: ManualClock, device: TestDevice): Promise<{ asked: Bytes; answer: Bytes }> {
  const { frame, adopt } = await device.rekey(clock.now());
  const answer = await send(core, frame);
  await adopt(answer);
  return { asked: frame, answer };
}

const hello = (device: TestDevice, clock: ManualClock) => device.command("device.hello", { app: "x" }, clock.now());

function rootOf(core: Core, d: DeviceId): Buffer {
  const root = core.db.get("SELECT root FROM dev WHERE d = ?", d)?.["root"];
  if (!(root instanceof Uint8Array)) throw new Error("no root");
  return Buffer.from(root);
}

/** True when any file of the state folder holds these bytes. */
function isOnDisk(folder: string, bytes: Buffer): boolean {
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(bytes));
}

async function opens(bytes: Bytes, keys: PairwiseKeys | null): Promise<boolean> {
  const frame = parseFrame(bytes);
  if (keys === null || (!isFrame(frame, "CMD") && !isFrame(frame, "RES"))) return false;
  return (await openFrame(frame, keys.cmd)) !== null || (await openFrame(frame, keys.res)) !== null;
}

it("S25 after rekey and erasure no captured CMD or RES of the old generation opens with all keys of both sides", async () => {
  const { core, clock, folder, device } = await fresh();
  const old = rootOf(core, device.d);
  const oldKeys = device.keys;
  const asked = await hello(device, clock);
  const captured = [asked, await send(core, asked)];
  const { asked: rekey, answer } = await rekeyed(core, clock, device);
  captured.push(rekey, answer);
  await send(core, await hello(device, clock));
  for (const frame of captured) {
    expect(await opens(frame, oldKeys)).toBe(true);
    expect(await opens(frame, device.keys)).toBe(false);
    for (const g of [1, 2, 3]) expect(await opens(frame, await core.store.keys(device.d, g))).toBe(false);
  }
  expect(await core.store.keys(device.d, 1)).toBeNull();
  expect(isOnDisk(folder, old)).toBe(false);
  expect(isOnDisk(folder, rootOf(core, device.d))).toBe(true);
  await core.close();
  expect(isOnDisk(folder, old)).toBe(false);
});

it("S25 both roots count until the first command under the newer one, then only that", async () => {
  const { core, clock, device } = await fresh();
  const before = await hello(device, clock);
  const late = await hello(device, clock);
  await rekeyed(core, clock, device);
  await send(core, before);
  expect(core.store.get(device.d)).toMatchObject({ g: 1 });
  await send(core, await hello(device, clock));
  expect(core.store.get(device.d)).toMatchObject({ g: 2, keyed: clock.now() });
  const answers = core.results.length;
  await core.pipeline.receive(late);
  expect(core.results).toHaveLength(answers);
});

it("counters and the replay window begin anew with each generation, and what ran does not run again", async () => {
  const { core, clock, device } = await fresh();
  await rekeyed(core, clock, device);
  const first = await device.command("session.cancel", { s: device.d }, clock.now(), { ctr: 1 });
  await send(core, first);
  await send(core, first);
  expect(core.runs).toHaveLength(1);
  const again = await device.command("session.cancel", { s: device.d }, clock.now(), { ctr: 1 });
  expect((await device.result(await send(core, again))).plain.code).toBe("E_CTR_REUSED");
  expect(core.db.get("SELECT hi FROM dev WHERE d = ?", device.d)).toEqual({ hi: 1 });
});

it("the keyring is sealed under the generation in force: the old one until the switch, the new one from then on", async () => {
  const { core, clock, device } = await fresh();
  const ring = async () => (await core.store.all()).find(({ d }) => d === device.d)?.frame ?? new Uint8Array(0);
  const { frame, adopt } = await device.rekey(clock.now());
  const answer = await send(core, frame);
  await core.store.rotate();
  expect((await device.keyring(await ring()))?.cur).toBe(2);
  await adopt(answer);
  expect(await device.keyring(await ring())).toBeNull();
  const rev = core.store.rev();
  await send(core, await hello(device, clock));
  expect((await device.keyring(await ring()))?.cur).toBe(2);
  expect(core.store.rev()).toBeGreaterThan(rev);
});

it("S25 the old root is erased after seven days also when nothing ever came under the new one", async () => {
  const { core, clock, folder, device } = await fresh();
  const old = rootOf(core, device.d);
  await rekeyed(core, clock, device);
  clock.advance(OLD_ROOT_KEPT_MS - 1);
  await core.store.sweep();
  expect(core.store.get(device.d)?.g).toBe(1);
  clock.advance(1);
  await core.store.sweep();
  expect(core.store.get(device.d)?.g).toBe(2);
  expect(isOnDisk(folder, old)).toBe(false);
});

it("a relay that crashes before it has answered a rekey asks nothing of the device but to send it again", async () => {
  const { core, clock, folder, device } = await fresh();
  const { frame, adopt } = await device.rekey(clock.now());
  await send(core, frame);
  // As if the machine had died after the root was kept and before the answer was.
  core.db.run("UPDATE cmd SET state = 'running', res = NULL, frame = ? WHERE op = 'device.rekey'", frame);
  await core.close();
  const again = await openCore({ folder, clock });
  await again.pipeline.recover();
  await adopt(await finalOf(again, frame));
  await send(again, await hello(device, clock));
  expect(again.store.get(device.d)?.g).toBe(2);
});

it("a rekey repeated by the Worker after a later one does not take the device's new root away", async () => {
  const { core, clock, device } = await fresh();
  const { frame: held } = await device.rekey(clock.now());
  await rekeyed(core, clock, device);
  // It opens under P_1, which is still there, and its counter was never seen.
  await send(core, held);
  await send(core, await hello(device, clock));
  expect(core.store.get(device.d)?.g).toBe(2);
});

it("the desk has no keys to change, and a point off the curve is refused", async () => {
  const { core, clock, device } = await fresh();
  await expect(core.pipeline.desk("device.rekey", { eD: "A".repeat(87) })).rejects.toMatchObject({
    code: "E_NOT_FOUND",
  });
  const garbled = await send(core, await device.command("device.rekey", { eD: "A".repeat(87) }, clock.now()));
  expect((await device.result(garbled)).plain).toMatchObject({ status: "failed", code: "E_AUTH" });
  expect(await core.store.keys(device.d, 2)).toBeNull();
});

it("an admin's keys.rotate changes the content epoch for everyone at once", async () => {
  const { core, clock, device } = await fresh();
  const answer = await send(core, await device.command("keys.rotate", {}, clock.now()));
  expect((await device.result(answer)).plain).toMatchObject({ status: "done", data: { epoch: 2 } });
  expect(core.epochs.current()).toBe(2);
  const viewer = await pairDevice(core, clock, { scope: "operate", name: "guest" });
  const refused = await send(core, await viewer.command("keys.rotate", {}, clock.now()));
  expect((await viewer.result(refused)).plain.code).toBe("E_SCOPE");
});

// The trust store: one commit per change, keys erased, epochs rotated, keyrings for those who remain.
import { expect, it } from "vitest";
import {
  contentKey,
  DEVICES_PER_MACHINE,
  fromB64,
  importSecret,
  isFrame,
  MACHINE_SESSION,
  openFrame,
  parseFrame,
  randomBytes,
  ROTATE_MS,
  type KeyringPlain,
  type MachineId,
} from "../../schema/index.ts";
import { openCore, pairDevice, until, type Core } from "../commands/test/test-core.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { bitFlips, type TestDevice } from "./test/test-device.ts";

async function fresh() {
  const clock = new ManualClock();
  const folder = stateFolder();
  const core = await openCore({ folder, clock });
  return { core, clock, folder, store: core.store };
}

async function ringOf(core: Core, device: TestDevice): Promise<KeyringPlain | null> {
  const ring = (await core.store.all()).find(({ d }) => d === device.d);
  return ring === undefined ? null : device.keyring(ring.frame);
}

/** True when one of the keyring's epochs opens the newest record of the machine's log. */
async function opensNewest(core: Core, ring: KeyringPlain, machine: MachineId): Promise<boolean> {
  const seq = core.log.head(MACHINE_SESSION)?.seq ?? 0;
  const record = core.log.read(MACHINE_SESSION, seq, { maxBytes: 1, maxRecords: 1 })[0];
  const frame = parseFrame(record?.frame ?? new Uint8Array(0));
  if (!isFrame(frame, "EVT")) throw new Error("not an EVT");
  for (const [, root] of ring.epochs) {
    const key = await contentKey(await importSecret(fromB64(root) ?? new Uint8Array(32)), machine, MACHINE_SESSION);
    if ((await openFrame(frame, key)) !== null) return true;
  }
  return false;
}

it("S8: after the revoke commit no frame of the device has an effect, whatever the Worker does", async () => {
  const { core, clock, store } = await fresh();
  const device = await pairDevice(core, clock);
  const sealedBefore = await device.command("session.prompt", { s: device.d, blocks: [{ type: "text" }] }, clock.now());
  await store.revoke(device.d);
  await core.pipeline.receive(sealedBefore);
  await core.pipeline.receive(await device.command("session.start", { root: device.d, agent: "demo" }, clock.now()));
  await core.pipeline.receive(await device.command("device.hello", { app: "x" }, clock.now()));
  expect(core.runs).toEqual([]);
  // The hello of its pairing may still be answered, by its own counter.
  const first = parseFrame(sealedBefore);
  if (!isFrame(first, "CMD")) throw new Error("not a CMD");
  const answered = core.results
    .map(parseFrame)
    .filter((frame) => isFrame(frame, "RES"))
    .map(({ header }) => header.ctr);
  expect(answered.filter((ctr) => ctr >= first.header.ctr)).toEqual([]);
  expect(await store.keys(device.d, 1)).toBeNull();
  expect((await store.grants()).list).toEqual([]);
  expect(core.db.get("SELECT root, ring FROM dev WHERE d = ?", device.d)).toMatchObject({ root: null, ring: null });
});

it("S8: no operation begins after the revoke commit, wherever in the opening of its command the commit falls", async () => {
  const clock = new ManualClock();
  const begun: unknown[] = [];
  const core: Core = await openCore({
    folder: stateFolder(),
    clock,
    handlers: {
      "session.start": (_args, { by }) => {
        begun.push(by === "desk" ? by : core.store.get(by)?.state);
        return Promise.reject(new Error("not run in this test"));
      },
    },
  });
  for (let turns = 0; turns < 60; turns++) {
    const device = await pairDevice(core, clock, { name: `d${turns}` });
    const command = await device.command("session.start", { root: device.d, agent: "demo" }, clock.now());
    const received = core.pipeline.receive(command);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([received, core.store.revoke(device.d)]);
  }
  expect(begun.filter((state) => state !== "active")).toEqual([]);
});

it("S8: what is recorded after the revoke opens for those who remain, not with any key the revoked device holds", async () => {
  const { core, clock, store } = await fresh();
  const { machine } = core.identity;
  const [gone, stays] = [await pairDevice(core, clock, { name: "gone" }), await pairDevice(core, clock)];
  const held = await ringOf(core, gone);
  if (held === null) throw new Error("no keyring");
  void core.log.append(MACHINE_SESSION, { k: "note", code: "before" });
  await core.log.flush();
  expect(await opensNewest(core, held, machine)).toBe(true);
  await store.revoke(gone.d);
  void core.log.append(MACHINE_SESSION, { k: "note", code: "after" });
  await core.log.flush();
  expect(await opensNewest(core, held, machine)).toBe(false);
  const ring = await ringOf(core, stays);
  expect(ring?.cur).toBe(2);
  expect(ring?.devices.map(({ name }) => name)).toEqual(["phone"]);
  expect(ring !== null && (await opensNewest(core, ring, machine))).toBe(true);
  expect(await ringOf(core, gone)).toBeNull();
});

it("revokes once: again changes nothing", async () => {
  const { core, clock, store } = await fresh();
  const device = await pairDevice(core, clock);
  await store.revoke(device.d);
  const rev = store.rev();
  await store.revoke(device.d);
  expect([store.rev(), store.epochs.current()]).toEqual([rev, 2]);
  await expect(store.revoke(core.identity.machine as never)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
});

it("S2: a KEYRING with any one bit flipped does not open", async () => {
  const { core, clock } = await fresh();
  const device = await pairDevice(core, clock);
  const frame = (await core.store.all())[0]?.frame ?? new Uint8Array(0);
  expect(await device.keyring(frame)).not.toBeNull();
  for (const flipped of bitFlips(frame)) {
    // Null: it does not open. A rejection: it is no frame at all any more.
    expect(await device.keyring(flipped).catch(() => null)).toBeNull();
  }
});

it("rotates every seven days and gives every device the new root first", async () => {
  const { core, clock, store } = await fresh();
  const device = await pairDevice(core, clock);
  const before = store.rev();
  clock.advance(ROTATE_MS);
  await store.sweep();
  expect(store.epochs.current()).toBe(2);
  expect(store.rev()).toBeGreaterThan(before);
  expect((await ringOf(core, device))?.epochs.map(([e]) => e)).toEqual([1, 2]);
});

it("keeps devices, epochs and revs over a restart", async () => {
  const { core, clock, folder } = await fresh();
  const device = await pairDevice(core, clock, { scope: "operate", shell: true, name: "tablet" });
  await core.store.rotate();
  await until(() => core.results.length === 2);
  const before = { devices: core.store.list(), rev: core.store.rev(), rings: await core.store.all() };
  await core.close();
  const again = await openCore({ folder, clock });
  expect({ devices: again.store.list(), rev: again.store.rev(), rings: await again.store.all() }).toEqual(before);
  expect(again.identity.machine).toBe(core.identity.machine);
  expect(again.store.epochs.current()).toBe(2);
  expect(again.store.get(device.d)).toMatchObject({ name: "tablet", scope: "operate", shell: true });
});

it("replaces keys and window of a device that pairs again", async () => {
  const { core, clock, store } = await fresh();
  const device = await pairDevice(core, clock);
  const old = await device.command("session.start", { root: device.d, agent: "demo" }, clock.now());
  clock.advance(1000);
  const { secret } = await core.pairing.invite({ scope: "view", shell: false });
  const attempt = await device.pairBy(secret);
  const [pair2] = await core.pairing.receive(await attempt.pair1());
  await core.pairing.receive((await attempt.pair3(pair2 ?? new Uint8Array(0))).frame);
  await core.pipeline.receive(old);
  expect(core.runs).toEqual([]);
  const sent = core.results.length;
  await core.pipeline.receive(await device.command("device.hello", { app: "x" }, clock.now()));
  await until(() => core.results.length === sent + 2);
  expect(store.get(device.d)).toMatchObject({ state: "active", scope: "view" });
});

it("renames, and tells every keyring", async () => {
  const { core, clock, store } = await fresh();
  const device = await pairDevice(core, clock);
  await store.rename(device.d, "couch");
  expect((await ringOf(core, device))?.devices).toMatchObject([{ d: device.d, name: "couch" }]);
});

it("refuses one device more than the machine trusts", async () => {
  const { core } = await fresh();
  for (let n = 0; n < DEVICES_PER_MACHINE; n++) {
    const da = randomBytes(65);
    await core.store.admit({ da, name: `d${n}`, scope: "view", shell: false }, randomBytes(32));
  }
  const da = randomBytes(65);
  const late = core.store.admit({ da, name: "late", scope: "view", shell: false }, randomBytes(32));
  await expect(late).rejects.toMatchObject({ code: "E_BUSY" });
});

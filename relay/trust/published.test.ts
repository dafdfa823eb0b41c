// What trust tells the rest: notes in the machine's log, and the document of waiting devices.
import { cpSync } from "node:fs";
import { expect, it } from "vitest";
import { fromUtf8, isFrame, MACHINE_SESSION, openFrame, parseFrame } from "../../schema/index.ts";
import { openCore, pairDevice, until, type Core } from "../commands/test/test-core.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { auditTrust } from "./audit.ts";
import { publishPairing } from "./pairing-document.ts";
import { TestDevice } from "./test/test-device.ts";

const fail = (error: unknown): never => {
  throw error;
};

it("notes in the machine's log who was paired and revoked, and the new epoch", async () => {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock });
  auditTrust(core.store, core.log);
  const device = await pairDevice(core, clock, { name: "couch" });
  await core.store.rename(device.d, "sofa");
  await core.store.revoke(device.d);
  await core.log.flush();
  expect((await machineNotes(core)).map(({ code, text }) => `${String(code)} ${String(text)}`)).toEqual([
    "device.paired couch",
    "device.activated couch",
    "device.renamed sofa",
    "device.revoked sofa",
    "epoch.rotated 2",
  ]);
});

it("S8: killed as a revoke was committed, its note is in the log all the same, once", async () => {
  const clock = new ManualClock();
  const [folder, left] = [stateFolder(), stateFolder()];
  const core = await openCore({ folder, clock });
  auditTrust(core.store, core.log);
  const device = await pairDevice(core, clock, { name: "couch" });
  await core.log.flush();
  await core.store.revoke(device.d);
  cpSync(folder, left, { recursive: true });
  for (const _start of ["first", "second"]) {
    const next = await openCore({ folder: left, clock });
    await next.log.flush();
    expect((await machineNotes(next)).map(({ code }) => code)).toEqual([
      ...["device.paired", "device.activated", "device.revoked", "epoch.rotated"],
    ]);
    await next.close();
  }
});

it("names in the document who waits for digits, and nobody else", async () => {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock, digits: true });
  publishPairing(core.pairing, core.documents, fail);
  const waiting = (): unknown => core.documents.get(MACHINE_SESSION, "pairing");
  await until(() => waiting() !== null);
  expect(waiting()).toEqual({ waiting: [] });
  const device = await TestDevice.create(core.identity.machine, "couch");
  const { secret, pid } = await core.pairing.invite({ scope: "view", shell: false });
  const attempt = await device.pairBy(secret);
  const [pair2] = await core.pairing.receive(await attempt.pair1());
  const { frame, code } = await attempt.pair3(pair2 ?? new Uint8Array(0));
  void core.pairing.receive(frame);
  await until(() => JSON.stringify(waiting()).includes("couch"));
  expect(waiting()).toMatchObject({ waiting: [{ pid, name: "couch" }] });
  await core.pairing.accept(pid, code);
  await until(() => JSON.stringify(waiting()) === '{"waiting":[]}');
});

async function machineNotes(core: Core): Promise<{ code: unknown; text: unknown }[]> {
  const notes: { code: unknown; text: unknown }[] = [];
  for (const { frame } of core.log.read(MACHINE_SESSION, 1, { maxBytes: 1e7, maxRecords: 100 })) {
    const parsed = parseFrame(frame);
    if (!isFrame(parsed, "EVT")) continue;
    const plaintext = await openFrame(parsed, await core.epochs.key(parsed.header.epoch, MACHINE_SESSION));
    const list: unknown = JSON.parse(fromUtf8(plaintext?.subarray(1) ?? new Uint8Array(0)) ?? "[]");
    if (!Array.isArray(list)) continue;
    for (const item of list.map(Object)) if (item.k === "note") notes.push({ code: item.code, text: item.text });
  }
  return notes;
}

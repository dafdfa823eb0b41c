// The console's export, from a real core: the file holds without us.
import { expect, it } from "vitest";
import { verifyAudit } from "../../schema/index.ts";
import { openCore, pairDevice, until } from "../commands/test/test-core.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { auditTrust } from "../trust/audit.ts";
import { auditLines } from "./audit-export.ts";

async function core() {
  const clock = new ManualClock();
  const opened = await openCore({ folder: stateFolder(), clock });
  auditTrust(opened.store, opened.log);
  const device = await pairDevice(opened, clock, { name: "couch" });
  await until(() => opened.results.length === 2);
  const text = async (since: number): Promise<string> => {
    const lines: string[] = [];
    const sources = { ...opened, devices: opened.store };
    for await (const line of auditLines(sources, { since, now: clock.now() })) lines.push(line);
    return lines.join("\n");
  };
  return { core: opened, clock, device, text };
}

it("exports the machine's log with every command and trust note, provable by the machine's public key alone", async () => {
  const { core: opened, clock, device, text } = await core();
  await opened.pipeline.receive(await device.command("device.rename", { name: "sofa" }, clock.now()));
  await until(() => opened.results.length === 4);
  await opened.store.revoke(device.d);
  const proven = await verifyAudit(await text(0), opened.identity.riPublic);
  expect(proven.head.devices).toEqual([{ d: device.d, name: "sofa" }]);
  expect(proven.range?.from).toBe(1);
  expect(proven.entries.map(({ item }) => ("op" in item ? item.op : "code" in item ? item.code : item.k))).toEqual([
    ...["device.paired", "device.activated", "device.hello", "device.renamed", "device.rename"],
    ...["device.revoked", "epoch.rotated"],
  ]);
});

it("exports from a moment on, still an unbroken chain", async () => {
  const { core: opened, clock, device, text } = await core();
  await opened.log.flush();
  clock.advance(3_600_000);
  const since = clock.now();
  await opened.pipeline.receive(await device.command("device.rename", { name: "sofa" }, since));
  await until(() => opened.results.length === 4);
  const proven = await verifyAudit(await text(since), opened.identity.riPublic);
  expect(proven.range?.from).toBeGreaterThan(1);
  expect(proven.entries.every(({ at }) => at >= since)).toBe(true);
  expect((await verifyAudit(await text(since + 1e9), opened.identity.riPublic)).range).toBeNull();
});

// S24: the Worker's storage (registry, keyrings, records, documents, queue) is set back to an earlier state. Nobody believes
// it, nothing runs again, and what it forgot comes back to it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { KeyWorld, until, type RelayAtWork } from "./key-world.ts";

let world: KeyWorld;
let at: RelayAtWork;

beforeAll(async () => {
  world = await KeyWorld.open();
  at = await world.relay();
});
afterAll(() => world.stop());

test("S24 a Worker set back to an earlier state has no stale keyring or document accepted, and no command runs again", async () => {
  const device = await world.device(at, {}, "stays");
  const gone = await world.device(at, {}, "goes");
  const d = gone.view().machines[0]?.thisDevice;
  if (d === undefined) throw new Error("not paired");
  const session = await world.session(at, device);
  const row = () => device.core.machine(device.machine)?.row;
  const turns = () => device.entries(session).filter(({ kind }) => kind === "turn").length;
  const isIdle = () => device.view().sessions.some((each) => each.session === session && each.state === "idle");

  // A command waits for the machine while the copy is made.
  await at.stop();
  await device.prompt(session, "help");
  await device.waitFor(() => device.view().outbox.some(({ delivery }) => delivery === "stored"));
  await world.keepWorker("earlier");
  device.core.reconnect();
  at = await world.relay();
  await world.online(at);
  await device.waitFor(() => turns() === 1);
  expect(
    await device.calls.renameDevice(device.machine, device.view().machines[0]?.thisDevice ?? d, "renamed"),
  ).toMatchObject({
    ok: true,
  });
  expect(await device.calls.rotateKeys(device.machine)).toMatchObject({ ok: true });
  expect(await device.calls.revokeDevice(device.machine, d)).toMatchObject({ ok: true });
  await gone.waitFor(() => gone.view().machines[0]?.refused === "revoked");
  await device.waitFor(() => device.view().machines[0]?.devices.length === 1 && isIdle());
  const epoch = at.relay.core.trust.epochs.current();
  await device.waitFor(() => device.view().machines[0]?.keys?.epoch === epoch);
  const held = { ring: row()?.keyring.rev ?? 0, cur: row()?.keyring.cur ?? 0 };
  const names = () => device.view().machines[0]?.devices.map(({ name }) => name);

  // First without the relay: the device has only the Worker's word.
  await at.stop();
  await world.rollBackWorker("earlier");
  device.core.reconnect();
  await device.waitFor(() => device.view().live !== "offline");
  gone.core.machine(gone.machine)?.ask();
  await until("the Worker lets the revoked device in again", () => gone.view().live !== "offline");
  await gone.prompt(session, "do harm");
  expect([row()?.keyring.rev, row()?.keyring.cur, names()]).toEqual([held.ring, held.cur, ["renamed"]]);
  // The document of keys that the Worker has now says 1.
  expect(device.view().machines[0]?.keys?.epoch).toBe(epoch);
  expect(device.view().live).not.toBe("live");

  // Then with it: it repeats what the Worker lost, answers the old command from its row, and hears nothing of the revoked.
  at = await world.relay();
  await world.online(at);
  await device.waitFor(() => device.view().live === "live" && device.view().alarm === null);
  await gone.waitFor(() => gone.view().machines[0]?.refused === "revoked");
  expect([row()?.keyring.rev, names()]).toEqual([expect.any(Number), ["renamed"]]);
  expect(row()?.keyring.rev).toBeGreaterThanOrEqual(held.ring);
  await device.prompt(session, "help");
  await device.waitFor(() => turns() === 2);
  const said = device
    .entries(session)
    .flatMap((entry) => (entry.kind === "user" ? [JSON.stringify(entry.blocks)] : []));
  expect(said).toHaveLength(2);
  expect(said.join()).not.toContain("harm");
  const { log } = at.relay.core;
  await until("the Worker has everything again", () =>
    log.sessions().every((each) => log.ackedSeq(each) === log.head(each)?.seq),
  );
  expect(world.records()).toBe(log.sessions().reduce((sum, each) => sum + (log.head(each)?.seq ?? 0), 0));
  expect(at.relay.core.trust.get(d)?.state).toBe("revoked");
}, 120_000);

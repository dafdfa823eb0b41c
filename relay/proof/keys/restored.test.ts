// A state folder that was put back from a copy, against the real Worker: what was lost comes back, nothing runs twice, no
// place in a session's log ever has two contents, and whoever was revoked meanwhile stays without power.
import { afterEach, beforeEach, expect, test } from "vitest";
import { MACHINE_SESSION, type DeviceId, type SessionId } from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
import { droppedBy } from "../../../web/test/device-world.ts";
import { SkippingClock } from "../../../web/test/skipping-clock.ts";
import { KeyWorld, until, type RelayAtWork } from "./key-world.ts";

let world: KeyWorld;
let at: RelayAtWork;

beforeEach(async () => {
  world = await KeyWorld.open();
  at = await world.relay();
});
afterEach(() => world.stop());

const asked = (device: Device, session: SessionId) =>
  device.entries(session).flatMap((entry) => (entry.kind === "user" ? [entry.delivery] : []));

/** A prompt that the agent has read and answered. */
async function ask(device: Device, session: SessionId): Promise<void> {
  const before = device.entries(session).filter(({ kind }) => kind === "turn").length;
  await device.prompt(session, "help");
  await device.waitFor(() => {
    const turns = device.entries(session).filter(({ kind }) => kind === "turn");
    return turns.length > before && turns.every((turn) => turn.kind === "turn" && turn.end !== null);
  });
}

/** Every record that the Worker has of a session is in the relay's journal, and the other way round. */
function heads(relay: RelayAtWork): Map<SessionId, number> {
  const { log } = relay.relay.core;
  return new Map(log.sessions().map((session) => [session, log.head(session)?.seq ?? 0]));
}

/** Stops the relay, keeps a copy of its folder, starts it again. */
async function copied(): Promise<void> {
  await at.stop();
  world.copy("state", "copy");
  at = await world.relay();
  await world.online(at);
}

/** Puts the copy in the place of the folder and starts on it. */
async function putBack(): Promise<void> {
  await at.stop();
  world.records();
  world.copy("copy", "state");
  at = await world.relay();
  await world.online(at);
}

const stateOf = (device: Device) => at.relay.core.trust.get(device.view().machines[0]?.thisDevice ?? ("" as never));

test("R14 a folder that was put back takes its own records back, and nothing ever has two contents", async () => {
  const device = await world.device(at);
  const session = await world.session(at, device);
  await ask(device, session);
  await copied();
  await ask(device, session);
  const late = await world.session(at, device, "other");
  await ask(device, late);
  await at.relay.core.log.flush();
  const before = heads(at);
  await putBack();
  await until("devices change their keys", () => stateOf(device)?.g === 2 && stateOf(device)?.mustRekey === false);
  for (const [each, seq] of before) expect(heads(at).get(each) ?? 0).toBeGreaterThanOrEqual(seq);
  expect(at.notes).not.toContain("log-conflict");
  await device.waitFor(() => device.view().live === "live" && device.view().alarm === null);
  // The conversation goes on where it was, whole.
  await ask(device, session);
  expect(asked(device, session)).toEqual(["agent", "agent", "agent"]);
  expect(asked(device, late)).toEqual(["agent"]);
  expect(world.records()).toBe([...heads(at).values()].reduce((sum, seq) => sum + seq, 0));
  // Of the one that was begun after the copy only its records are left, and it says so.
  await device.waitFor(() =>
    device
      .view()
      .sessions.some((row) => row.session === late && row.state === "interrupted" && row.error !== undefined),
  );
  const { epochs } = at.relay.core.trust;
  expect(epochs.current()).toBeGreaterThan(1);
}, 120_000);

const named = (device: Device) => device.view().machines[0]?.thisDevice ?? ("" as DeviceId);

async function opensNewest(device: Device): Promise<boolean> {
  const row = device.core.machine(device.machine)?.row;
  return row?.keyring.epochs.some(([epoch]) => epoch === at.relay.core.trust.epochs.current()) ?? false;
}

test("R14 a folder older than a revoke gives the revoked device no power back: every device is held until it is confirmed", async () => {
  const kept = await world.device(at, {}, "kept");
  const gone = await world.device(at, {}, "gone");
  const session = await world.session(at, kept);
  await gone.watch(session);
  await copied();
  await kept.waitFor(() => kept.view().live === "live");
  expect(await kept.calls.revokeDevice(kept.machine, named(gone))).toMatchObject({ ok: true });
  await ask(kept, session);
  await gone.waitFor(() => gone.view().machines[0]?.refused === "revoked");
  await putBack();
  const states = () => at.relay.core.trust.list().map(({ name, state }) => [name, state]);
  await until("both are held", () => states().every(([, state]) => state === "held"));
  // The Worker lets it in again: the older state names it. It is heard, and nothing comes of it.
  gone.core.reconnect();
  await gone.waitFor(() => gone.core.machine(gone.machine)?.facts().alarm === null && gone.view().live !== "offline");
  const { s } = { s: session };
  await gone.prompt(s, "do harm");
  await kept.prompt(s, "too early");
  await kept.waitFor(() => kept.view().machines[0]?.refused === "held");
  await gone.waitFor(() => gone.view().machines[0]?.refused === "held");
  await kept.waitFor(() => kept.view().outbox.every(({ delivery }) => delivery === "unknown"));
  expect([await opensNewest(kept), await opensNewest(gone)]).toEqual([false, false]);

  const list = await at.cli("devices");
  expect(list.said).toMatch(/held/);
  expect(list.said).toContain("kelpie devices confirm");
  expect(await at.cli("devices", "confirm", "nobody", "--yes", "--json")).toMatchObject({ code: 1 });
  expect(await at.cli("devices", "confirm", "kept")).toMatchObject({ code: 1 });
  const confirmed = await at.cli("devices", "confirm", "kept", "--yes", "--json");
  expect(confirmed).toMatchObject({ code: 0, said: expect.stringContaining("kept") });
  await until("it changes its keys", () => at.relay.core.trust.get(named(kept))?.g === 2);
  await kept.waitFor(() => kept.view().live === "live" && kept.view().machines[0]?.refused === null);
  await ask(kept, session);
  expect(states()).toContainEqual(["gone", "held"]);
  expect(await opensNewest(gone)).toBe(false);
  const said = kept.entries(session).flatMap((entry) => (entry.kind === "user" ? [JSON.stringify(entry.blocks)] : []));
  expect(said.join()).not.toContain("harm");
  expect(world.records()).toBeGreaterThan(0);
}, 120_000);

test("R14 a folder older than a device's own keys: once it is confirmed, the device says that it must be paired again, and is", async () => {
  const clock = new SkippingClock();
  const device = await world.device(at, { clock });
  const session = await world.session(at, device);
  await copied();
  await putBack();
  await until("the device changes its keys", () => stateOf(device)?.g === 2 && stateOf(device)?.mustRekey === false);
  await ask(device, session);
  await putBack();
  await until("it is held", () => stateOf(device)?.state === "held");
  expect(stateOf(device)?.g).toBe(1);
  const dropped = droppedBy(device);
  const confirmed = await at.cli("devices", "confirm", "phone", "--yes");
  expect(confirmed.said).toContain("pair it again");
  await until("a keyring for its old keys comes", () => droppedBy(device) > dropped);
  clock.skip(10_000);
  await device.waitFor(() => device.view().machines[0]?.refused === "outdated");
  const { secret } = await at.relay.pairing.invite({ scope: "admin", shell: false });
  const { machine } = at.relay.core.identity;
  await device.pair(`${world.worker.url}/pair#1.${Buffer.from(secret).toString("base64url")}.${machine}`, "phone");
  await device.waitFor(() => device.view().machines[0]?.refused === null && device.view().live === "live");
  await ask(device, session);
}, 120_000);

test("R14 a message that waited for its turn when the folder was put back leaves the queue with a word, and is not sent by itself", async () => {
  const device = await world.device(at);
  const session = await world.session(at, device);
  await ask(device, session);
  await copied();
  await device.prompt(session, "ask");
  await device.waitFor(() => device.view().waits.length > 0);
  await device.prompt(session, "and this later");
  const waiting = () => device.entries(session).filter((entry) => entry.kind === "user" && entry.queued);
  await device.waitFor(() => waiting().length === 1 && device.view().outbox.length === 0);
  await at.relay.core.log.flush();
  await putBack();
  const notes = () =>
    device.entries(session).flatMap((entry) => (entry.kind === "note" ? [[entry.code, entry.text]] : []));
  await device.waitFor(() => notes().length > 0);
  expect(notes()).toEqual([["set-back", "and this later"]]);
  expect(waiting()).toEqual([]);
  await until("the device changes its keys", () => stateOf(device)?.mustRekey === false);
  await device.waitFor(() => device.view().live === "live");
  await ask(device, session);
  expect(asked(device, session)).toEqual(["agent", "agent", "agent"]);
}, 120_000);

test("R14 a folder that only moved to another place takes nothing but new keys, and its history is whole", async () => {
  const device = await world.device(at);
  const session = await world.session(at, device);
  await ask(device, session);
  await copied();
  await putBack();
  await until("the device changes its keys", () => stateOf(device)?.g === 2);
  await ask(device, session);
  expect(at.relay.core.documents.get(MACHINE_SESSION, "keys")).toMatchObject({ restored: { why: "moved" } });
  expect(world.records()).toBe([...heads(at).values()].reduce((sum, seq) => sum + seq, 0));
}, 120_000);

test("R14 a database put back in the same folder is found out by the Worker's heads alone", async () => {
  const device = await world.device(at);
  const session = await world.session(at, device);
  await copied();
  await ask(device, session);
  await at.stop();
  world.records();
  world.copyDatabase("copy", "state");
  at = await world.relay();
  await until("the device changes its keys", () => stateOf(device)?.g === 2);
  expect(at.relay.core.documents.get(MACHINE_SESSION, "keys")).toMatchObject({ restored: { why: "behind" } });
  await ask(device, session);
  expect(asked(device, session)).toEqual(["agent", "agent"]);
  expect(world.records()).toBe([...heads(at).values()].reduce((sum, seq) => sum + seq, 0));
}, 120_000);

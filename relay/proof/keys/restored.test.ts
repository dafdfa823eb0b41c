// A state folder that was put back from a copy, against the real Worker: what was lost comes back, nothing runs twice, no
// place in a session's log ever has two contents, and whoever was revoked meanwhile stays without power.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionId } from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
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
  const { epochs } = at.relay.core.trust;
  expect(epochs.current()).toBeGreaterThan(1);
}, 120_000);

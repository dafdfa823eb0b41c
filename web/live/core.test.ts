import { afterEach, describe, expect, it } from "vitest";
import { randomId, type SessionId } from "../../schema/index.ts";
import { createDevice, type Device } from "../test/device.ts";
import { PretendHub } from "../test/pretend-hub.ts";
import { PretendRelay, said } from "../test/pretend-relay.ts";
import { MemoryStore } from "./memory-store.ts";

const ORIGIN = "http://127.0.0.1:4000";
const devices: Device[] = [];

afterEach(() => {
  for (const device of devices.splice(0)) device.stop();
});

async function world(store = new MemoryStore()) {
  const relay = await PretendRelay.create();
  const hub = new PretendHub(relay);
  const add = async (kept: MemoryStore = new MemoryStore()) => {
    const device = await createDevice({ origin: ORIGIN, post: hub.post, dial: hub.dial, store: kept, random: () => 0 });
    devices.push(device);
    return device;
  };
  const device = await add(store);
  return { relay, hub, device, add, store };
}

async function pairedWorld() {
  const all = await world();
  await all.device.pair(await all.relay.link(ORIGIN));
  const session = randomId<SessionId>();
  await all.relay.append(session, [said("hello ", "1")]);
  await all.relay.head(session);
  all.hub.send(...all.relay.documents.map(({ frame }) => frame));
  return { ...all, session };
}

function prose(device: Device, session: SessionId): string {
  return device
    .entries(session)
    .flatMap((entry) => (entry.kind === "prose" ? [entry.text] : []))
    .join("|");
}

describe("a device", () => {
  it("pairs, becomes live, shows a head and streams a session's records", async () => {
    const { device, hub, session } = await pairedWorld();
    await device.waitFor(() => device.view().live === "live");
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    await device.waitFor(() => prose(device, session) === "hello ");
    await hub.append(session, said("world", "1"));
    await device.waitFor(() => prose(device, session) === "hello world");
    expect(device.view().machines[0]?.name).toBe("pretend");
  });

  it("sends a prompt and settles it when a turn takes it", async () => {
    const { device, hub, session } = await pairedWorld();
    await device.watch(session);
    const accepted = await device.prompt(session, "run it");
    expect(accepted.ok).toBe(true);
    await device.waitFor(() => device.entries(session).some((e) => e.kind === "user" && e.delivery === "machine"));
    const command = hub.commands.find(({ plain }) => plain.op === "session.prompt");
    const of = [command?.device.d, 1, command?.frame.header.ctr];
    await hub.append(session, { k: "user", of, prompt: [{ type: "text", text: "run it" }] });
    await hub.append(session, { k: "turn", t: 1, of: [of] }, said("done", "2"));
    await device.waitFor(() => device.entries(session).some((e) => e.kind === "user" && e.delivery === "agent"));
    expect(device.entries(session).filter((e) => e.kind === "user")).toHaveLength(1);
    await device.waitFor(() => device.view().outbox.length === 0);
  });
});

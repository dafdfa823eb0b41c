import { afterEach, describe, expect, it } from "vitest";
import { randomId, type SessionId, type WaitId } from "../../schema/index.ts";
import { createDevice, type Device } from "../test/device.ts";
import { PretendHub } from "../test/pretend-hub.ts";
import { PretendRelay, said, waitItem } from "../test/pretend-relay.ts";
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

  it("says the machine has it when the log names it in the queue, and the agent only when a turn took it", async () => {
    const { device, hub, session } = await pairedWorld();
    await device.watch(session);
    const answer = hub.handle;
    hub.handle = (command) => (command.plain.op === "session.prompt" ? Promise.resolve(null) : answer(command));
    await device.prompt(session, "run it");
    const delivery = () => device.entries(session).flatMap((entry) => (entry.kind === "user" ? [entry.delivery] : []));
    await device.waitFor(() => delivery()[0] === "stored");
    const command = hub.commands.find(({ plain }) => plain.op === "session.prompt");
    const of = [command?.device.d, 1, command?.frame.header.ctr];
    await hub.append(session, { k: "user", of, prompt: [{ type: "text", text: "run it" }] });
    await device.waitFor(() => delivery()[0] !== "stored");
    expect(delivery()).toEqual(["machine"]);
    await hub.append(session, { k: "turn", t: 1, of: [of] });
    await device.waitFor(() => delivery()[0] !== "machine");
    expect(delivery()).toEqual(["agent"]);
  });

  it("fetches an item too large for a record, and shows it in a later life", async () => {
    const { device, hub, relay, session, add } = await pairedWorld();
    await device.watch(session);
    await hub.append(session, await relay.large(session, said("x".repeat(70_000), "9")));
    await device.waitFor(() => prose(device, session).length > 70_000);
    const asked = hub.heard.filter(({ t }) => t === "blob").length;
    expect(asked).toBe(1);
    if (!(device.store instanceof MemoryStore)) throw new Error("no memory store");
    await device.waitFor(() => device.view().live === "live");
    const again = await add(device.store.snapshot());
    await again.watch(session);
    await again.waitFor(() => prose(again, session).length > 70_000);
  });

  it("fetches a large item that could not be had before once it is connected again", async () => {
    const { device, hub, relay, session } = await pairedWorld();
    await device.watch(session);
    const large = await relay.large(session, said("x".repeat(70_000), "9"));
    const chunks = new Map(relay.blobs);
    relay.blobs.clear();
    hub.handle = () => Promise.resolve(null);
    await hub.append(session, large);
    await device.waitFor(() => device.entries(session).some(({ kind }) => kind === "unsupported"));
    for (const [name, chunk] of chunks) relay.blobs.set(name, chunk);
    hub.cut();
    device.core.reconnect();
    await device.waitFor(() => prose(device, session).length > 70_000);
    expect(device.entries(session).some(({ kind }) => kind === "unsupported")).toBe(false);
  });

  it("shows an open wait in the inbox, its answer on its way, and who answered", async () => {
    const { device, hub, session } = await pairedWorld();
    await device.watch(session);
    const wid = randomId<WaitId>();
    const options = [{ optionId: "y", name: "Yes", kind: "allow_once" }];
    const { req, digest } = await waitItem(wid, { toolCall: { toolCallId: "t" }, options });
    const wait = { wid, kind: "permission", digest } as const;
    await hub.append(session, { k: "wait", ...wait, req });
    await hub.head(session, { state: "waiting", waits: [{ ...wait, q: 2, since: 1, req }] });
    const shown = await device.waitFor(() => device.view().waits[0]);
    // The document that lists it may come before the record that is it.
    await device.waitFor(() => device.entries(session).some(({ kind }) => kind === "wait"));
    expect(shown.request?.kind).toBe("permission");
    expect((await device.calls.answer(shown, { option: "y" })).ok).toBe(true);
    await device.waitFor(() => device.view().waits[0]?.answering?.delivery === "machine");
    const answer = hub.commands.find(({ plain }) => plain.op === "wait.answer");
    expect(answer?.plain.args).toMatchObject({ wid, digest, answer: { option: "y" } });
    expect(answer?.plain.seen?.[1]).toBe(2);
    await hub.append(session, { k: "waitdone", wid, by: answer?.device.d, answer: { option: "y" } });
    await hub.head(session);
    await device.waitFor(() => device.view().waits.length === 0);
    const entry = device.entries(session).find(({ kind }) => kind === "wait");
    expect(entry).toMatchObject({ done: { by: "you", outcome: "Approved" } });
    expect(await device.store.outbox(device.machine)).toEqual([]);
  });

  it("asks live commands of the boot that proved itself, and says when the machine is away", async () => {
    const { device, hub } = await pairedWorld();
    await device.waitFor(() => device.view().live === "live");
    hub.handle = (command) => hub.relay.result(command, { status: "done", data: { agents: [] } });
    expect(await device.calls.probeAgents(device.machine)).toEqual({ ok: true, data: { agents: [] } });
    expect(hub.commands.at(-1)?.frame.header).toMatchObject({ class: 2, boot: hub.relay.boot });
    hub.isReachable = false;
    hub.cut();
    expect(await device.calls.probeAgents(device.machine)).toMatchObject({ ok: false, refusal: { code: "E_OFFLINE" } });
  });

  it("is revoked when the hub closes for good, and tries again only when asked", async () => {
    const { device, hub } = await pairedWorld();
    await device.waitFor(() => device.view().live === "live");
    hub.cut(4403);
    await device.waitFor(() => device.view().machines[0]?.refused === "revoked");
    expect(hub.connections.size).toBe(0);
    device.core.reconnect();
    await device.waitFor(() => device.view().live === "live");
  });
});

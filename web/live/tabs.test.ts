import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseFrame, type Bytes, type SessionId } from "../../schema/index.ts";
import { createDevice, type Device } from "../test/device.ts";
import { DeviceWorld, ORIGIN } from "../test/device-world.ts";
import type { OutboxEntry } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";
import type { TabNote, Tabs } from "./ports.ts";

let world: DeviceWorld;
let store: MemoryStore;
let devices: Device[];
let listeners: Set<(note: TabNote) => void>;

beforeEach(async () => {
  world = await DeviceWorld.create();
  store = new MemoryStore();
  devices = [];
  listeners = new Set();
});
afterEach(() => {
  for (const device of devices) device.stop();
});

/** One tab of a browser: the store and the notes are those of all tabs. */
async function tab(): Promise<Device> {
  let own: ((note: TabNote) => void) | null = null;
  const tabs: Tabs = {
    tell: (note) => {
      for (const listener of listeners) if (listener !== own) listener(note);
    },
    listen: (listener) => {
      own = listener;
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const { clock, hub } = world;
  const device = await createDevice({ origin: ORIGIN, ...{ post: hub.post, dial: hub.dial, store, clock, tabs } });
  devices.push(device);
  return device;
}

async function twoTabs(): Promise<readonly [one: Device, two: Device, session: SessionId]> {
  const one = await tab();
  await one.pair(await world.relay.link(ORIGIN));
  const session = await world.session();
  const two = await tab();
  for (const each of [one, two]) {
    await each.waitFor(() => each.view().live === "live" && each.view().sessions.length === 1);
  }
  return [one, two, session];
}

describe("two tabs of one browser", () => {
  it("the tab that asked learns the result, although the other one hears it first", async () => {
    const [one, two] = await twoTabs();
    let answer: Bytes | null = null;
    world.hub.handle = async (command) => {
      answer = await world.relay.result(command, { status: "done", data: { S: "c2VjcmV0", exp: 5 } });
      return null;
    };
    const outcome = one.calls.addProject(one.machine, "/somewhere");
    const frame = await one.waitFor(() => (one.core.reconnect(), answer));
    const [first, second] = world.hub.connections;
    if (first === undefined || second === undefined) throw new Error("no two sockets");
    world.hub.sendTo(second, frame);
    await two.waitFor(() => (two.core.reconnect(), two.view().outbox.length === 0));
    await new Promise((resolve) => world.clock.after(200, () => resolve(null)));
    world.hub.sendTo(first, frame);
    expect(await outcome).toMatchObject({ ok: true });
    expect(await store.outbox(one.machine)).toEqual([]);
  });

  it("two tabs that seal one command at once send the same frame", async () => {
    const [one, two, session] = await twoTabs();
    const { machine } = one;
    one.stop();
    two.stop();
    const { ctr } = await store.enqueue(machine, 1, (next) => ({
      ...{ m: machine, g: 1, ctr: next, op: "session.prompt", session, at: 1, exp: Date.now() + 60_000, seen: null },
      args: { s: session, blocks: [{ type: "text", text: "once" }] },
      ...{ frame: null, h: null, stored: false, accepted: false, final: null, named: null },
    }));
    world.hub.handle = () => Promise.resolve(null);
    await Promise.all([tab(), tab()]);
    const sent = () =>
      world.hub.sentCommands.filter((bytes) => {
        const frame = parseFrame(bytes);
        return frame.name === "CMD" && frame.header.ctr === ctr;
      });
    while (sent().length < 2) await new Promise((resolve) => world.clock.after(5, () => resolve(null)));
    expect(new Set(sent().map((frame) => frame.join())).size).toBe(1);
  });

  it("what a tab stored before it was closed is sent by the one that stays", async () => {
    const [one, two, session] = await twoTabs();
    world.hub.tampering.up = () => null;
    await one.prompt(session, "closing");
    one.stop();
    world.hub.tampering.up = (frame) => frame;
    const before = world.hub.commands.length;
    await two.waitFor(() => two.view().outbox[0]?.delivery === "device");
    world.clock.skip(5000);
    await two.waitFor(() => world.hub.commands.length > before && two.view().outbox.length === 0);
    expect(world.hub.commands.at(-1)?.plain).toMatchObject({ op: "session.prompt" });
  });
});

describe("a command that this build cannot seal", () => {
  it("keeps none behind it from being sent", async () => {
    const [one, two, session] = await twoTabs();
    const { machine } = one;
    world.hub.tampering.up = () => null;
    await store.enqueue(machine, 1, (ctr) => ({
      ...{ m: machine, g: 1, ctr, op: "session.prompt", args: {}, session, at: 1, exp: Date.now() + 60_000 },
      seen: [session, -1, "?"] as unknown as NonNullable<OutboxEntry["seen"]>,
      ...{ frame: null, h: null, stored: false, accepted: false, final: null, named: null },
    }));
    await one.prompt(session, "behind");
    one.stop();
    two.stop();
    world.hub.tampering.up = (frame) => frame;
    const third = await tab();
    await third.waitFor(() => third.view().outbox.length === 1);
    expect(world.hub.commands.at(-1)?.plain.args).toMatchObject({ blocks: [{ text: "behind" }] });
  });
});

describe("a message the server could not take", () => {
  it("is not sent again once the person gave it up", async () => {
    const [one, , session] = await twoTabs();
    world.hub.tampering.up = () => null;
    const accepted = await one.prompt(session, "given up");
    if (!accepted.ok) throw new Error("refused");
    const { machine, g, ctr } = accepted.command;
    await one.waitFor(() => one.core.machine(machine)?.outbox.find(g, ctr)?.frame != null);
    one.core.machine(machine)?.outbox.offerAgain(g, ctr);
    world.hub.tampering.up = (frame) => frame;
    const before = world.hub.commands.length;
    await one.calls.dismiss(accepted.command);
    world.clock.skip(10_000);
    await new Promise((resolve) => world.clock.after(50, () => resolve(null)));
    expect(world.hub.commands.slice(before)).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  encodeHeader,
  genesis,
  hashOf,
  joinFrame,
  parseFrame,
  randomBytes,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import type { Device } from "../test/device.ts";
import { DeviceWorld, droppedBy, proseOf } from "../test/device-world.ts";
import { said } from "../test/pretend-relay.ts";
import { MemoryStore } from "./memory-store.ts";

let world: DeviceWorld;
let device: Device;
let session: SessionId;

beforeEach(async () => {
  world = await DeviceWorld.create();
  device = await world.paired();
  session = await world.session();
  await device.waitFor(() => device.view().sessions.length === 1);
  await device.watch(session);
  await device.waitFor(() => proseOf(device, session) === "hello");
});
afterEach(() => world.stop());

/** Everything a person could see, without what time alone changes. */
function seen(): string {
  const { machines, ...rest } = device.view();
  const still = machines.map((machine) => ({ ...machine, liveness: null, clockOffsetMs: null }));
  return JSON.stringify([still, { ...rest, live: "" }, device.entries(session)]);
}

/** The frame once per byte, with one bit of that byte turned over. */
function* flips(frame: Bytes): Generator<Bytes> {
  for (let index = 0; index < frame.length; index++) {
    const flipped = frame.slice();
    flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8));
    yield flipped;
  }
}

async function expectAllDropped(frame: Bytes): Promise<void> {
  const [before, dropped] = [seen(), droppedBy(device)];
  let count = 0;
  for (const flipped of flips(frame)) {
    world.hub.send(flipped);
    count += 1;
  }
  await device.waitFor(() => {
    device.core.reconnect(); // any news, so that the condition is looked at again
    return droppedBy(device) - dropped >= count;
  });
  expect(droppedBy(device) - dropped).toBe(count);
  expect(seen()).toBe(before);
}

describe("S2: one flipped bit anywhere in a frame changes nothing but a counter", () => {
  it("EVT", async () => {
    const frame = await world.relay.append(session, [said(" world", "1")]);
    await expectAllDropped(frame);
    world.hub.send(frame);
    await device.waitFor(() => proseOf(device, session) === "hello world");
    expect(device.timeline(device.machine, session).alarm).toBeNull();
  });

  it("DOC", async () => {
    const frame = await world.relay.head(session, { title: "Changed" });
    await expectAllDropped(frame);
    world.hub.send(frame);
    await device.waitFor(() => device.view().sessions[0]?.title === "Changed");
    expect(device.view().sessions).toHaveLength(1);
  });

  it("BEACON", async () => {
    const [connection] = world.hub.connections;
    if (connection?.nonce == null || connection.kid === null) throw new Error("not watching");
    const frame = await world.relay.beacon([[connection.kid, connection.nonce]], 5_000_000_000_000);
    await expectAllDropped(frame);
    world.hub.send(frame);
    await device.waitFor(() => (device.view().machines[0]?.clockOffsetMs ?? 0) > 1_000_000_000);
    expect(device.view().live).toBe("live");
  });

  it("RES", async () => {
    world.hub.handle = () => Promise.resolve(null);
    await device.prompt(session, "hi");
    const command = await device.waitFor(() => world.hub.commands.find(({ plain }) => plain.op === "session.prompt"));
    await device.waitFor(() => device.view().outbox[0]?.delivery === "stored");
    const frame = await world.relay.result(command, { status: "failed", code: "E_AGENT" });
    await expectAllDropped(frame);
    world.hub.send(frame);
    await device.waitFor(() => device.view().outbox[0]?.delivery === "refused");
    expect(device.view().outbox[0]?.refusal?.code).toBe("E_AGENT");
  });

  it("KEYRING", async () => {
    const [trusted] = world.relay.devices.values();
    if (trusted === undefined) throw new Error("no device");
    world.relay.devices.set(trusted.d, { ...trusted, name: "Renamed" });
    const frame = await world.relay.keyring(trusted, world.relay.rev + 100);
    await expectAllDropped(frame);
    world.hub.send(frame);
    await device.waitFor(() => device.view().machines[0]?.devices[0]?.name === "Renamed");
    expect(device.view().machines).toHaveLength(1);
  });
});

describe("S3: a result is good only for the very command it answers", () => {
  it("one that is bound to other bytes, another slot or another generation settles nothing", async () => {
    world.hub.handle = () => Promise.resolve(null);
    await device.prompt(session, "first");
    await device.prompt(session, "second");
    const [first, second] = await device.waitFor(() => {
      const prompts = world.hub.commands.filter(({ plain }) => plain.op === "session.prompt");
      return prompts.length === 2 ? prompts.toSorted((a, b) => a.frame.header.ctr - b.frame.header.ctr) : null;
    });
    if (first === undefined || second === undefined) throw new Error("no prompts");
    await device.waitFor(() => device.view().outbox.every(({ delivery }) => delivery === "stored"));
    const dropped = droppedBy(device);
    const done = { status: "done", data: { before: 0 } } as const;
    const otherBytes = await world.relay.result(first, done, await hashOf(second.frame.bytes));
    const ofSecond = await world.relay.result(second, done);
    const otherSlot = ofSecond.slice();
    otherSlot.set(first.frame.hdr.subarray(0, 46), 0); // m, d, g and ctr of the first
    otherSlot[1] = 0x21;
    world.hub.send(otherBytes, otherSlot);
    await device.waitFor(() => (device.core.reconnect(), droppedBy(device) - dropped === 2));
    expect(device.view().outbox.map(({ delivery }) => delivery)).toEqual(["stored", "stored"]);
    world.hub.send(ofSecond);
    await device.waitFor(() => device.view().outbox.length === 1);
    expect(device.view().outbox[0]?.label).toBe("first");
  });
});

describe("S11: what does not come is never shown as live", () => {
  it("withheld records are reported after 30 seconds, in the session and for the machine", async () => {
    world.hub.tampering.down = (frame) => (parseFrame(frame).name === "EVT" ? null : frame);
    await world.hub.append(session, said("hidden", "2"));
    await world.hub.beacon();
    await device.waitFor(() => device.core.machine(device.machine)?.log(session)?.newest?.to === 1);
    await new Promise((resolve) => world.clock.after(20, () => resolve(null)));
    world.clock.skip(30_000);
    await device.waitFor(() => device.view().alarm === "withheld");
    await device.waitFor(() => device.timeline(device.machine, session).alarm?.kind === "withheld");
    world.hub.tampering.down = (frame) => frame;
    world.hub.cut();
    await device.waitFor(() => proseOf(device, session) === "hello|hidden");
    await device.waitFor(() => device.view().alarm === null);
    expect(device.timeline(device.machine, session).alarm).toBeNull();
  });

  it("45 seconds without a proof are stale, and a replayed beacon proves nothing", async () => {
    let kept: Bytes | null = null;
    world.hub.tampering.down = (frame) => {
      if (parseFrame(frame).name === "BEACON") kept = frame.slice();
      return frame;
    };
    await world.hub.beacon();
    await device.waitFor(() => device.view().live === "live");
    world.hub.beacons = false;
    world.clock.skip(30_001);
    world.clock.skip(15_000);
    await device.waitFor(() => device.view().live === "stale");
    world.clock.skip(30_001);
    await device.waitFor(() => world.hub.heard.filter(({ t }) => t === "alive").length >= 2);
    const dropped = droppedBy(device);
    if (kept === null) throw new Error("no beacon");
    world.hub.send(kept);
    await device.waitFor(() => (device.core.reconnect(), droppedBy(device) > dropped));
    expect(device.view().live).toBe("stale");
  });

  it("a beacon played again proves nothing, although its nonce is still good", async () => {
    let kept: Bytes | null = null;
    world.hub.tampering.down = (frame) => {
      if (parseFrame(frame).name === "BEACON") kept = frame.slice();
      return frame;
    };
    const provenAt = () => {
      const liveness = device.view().machines[0]?.liveness;
      return liveness?.status === "live" ? liveness.provenAt : 0;
    };
    const before = provenAt();
    await world.hub.beacon();
    await device.waitFor(() => provenAt() > before);
    world.hub.beacons = false;
    world.clock.skip(40_000); // one new nonce went out: the echoed one is the previous
    const dropped = droppedBy(device);
    if (kept === null) throw new Error("no beacon");
    world.hub.send(kept);
    await device.waitFor(() => droppedBy(device) > dropped);
    world.clock.skip(5001);
    await device.waitFor(() => device.view().live === "stale");
    expect(device.view().live).toBe("stale");
  });

  it("a document played again does not come back", async () => {
    const old = await world.relay.head(session, { title: "Old" });
    world.hub.send(old.slice(), await world.relay.head(session, { title: "New" }));
    await device.waitFor(() => device.view().sessions[0]?.title === "New");
    world.hub.send(old.slice());
    await world.hub.append(session, { k: "note", code: "test", text: "after it" });
    await device.waitFor(() => device.entries(session).some(({ kind }) => kind === "note"));
    expect(device.view().sessions[0]?.title).toBe("New");
  });

  it("a keyring played again changes nothing", async () => {
    const [trusted] = world.relay.devices.values();
    if (trusted === undefined) throw new Error("no device");
    const old = await world.relay.keyring(trusted, world.relay.rev + 100);
    world.relay.devices.set(trusted.d, { ...trusted, name: "Renamed" });
    world.hub.send(await world.relay.keyring(trusted, world.relay.rev + 101));
    await device.waitFor(() => device.view().machines[0]?.devices[0]?.name === "Renamed");
    world.hub.send(old, await world.relay.head(session, { title: "After it" }));
    await device.waitFor(() => device.view().sessions[0]?.title === "After it");
    expect(device.view().machines[0]?.devices[0]?.name).toBe("Renamed");
  });

  it("newer keys are followed by a question for a sign of life: what the last one was sealed with may be unknown here", async () => {
    const [trusted] = world.relay.devices.values();
    if (trusted === undefined) throw new Error("no device");
    const asked = () => world.hub.heard.filter(({ t }) => t === "alive").length;
    const before = asked();
    world.hub.send(await world.relay.keyring(trusted, world.relay.rev + 100));
    await device.waitFor(() => asked() > before);
    expect(asked()).toBe(before + 1);
  });

  it("a keyring for keys that this device gave up says so when the machine proves nothing any more, and only then", async () => {
    const refused = () => device.view().machines[0]?.refused;
    const { row, thisDevice } = device.core.machine(device.machine)?.facts() ?? {};
    if (row === undefined || thisDevice === undefined) throw new Error("no machine");
    const older = { m: row.m, d: thisDevice, g: row.g - 1, rev: row.keyring.rev + 1, cur: 1 };
    const frame = joinFrame(encodeHeader("KEYRING", older), randomBytes(64));
    let dropped = droppedBy(device);
    world.hub.send(frame);
    await device.waitFor(() => droppedBy(device) > dropped);
    await world.hub.beacon();
    world.clock.skip(10_001);
    await world.hub.append(session, said(" world", "1"));
    await device.waitFor(() => proseOf(device, session) === "hello world");
    expect(refused()).toBeNull();

    world.hub.beacons = false;
    const [trusted] = world.relay.devices.values();
    if (trusted === undefined) throw new Error("no device");
    dropped = droppedBy(device);
    world.hub.send(await world.relay.keyring(trusted, world.relay.rev + 100), frame);
    await device.waitFor(() => droppedBy(device) > dropped);
    expect(refused()).toBeNull();
    world.clock.skip(10_001);
    await device.waitFor(() => refused() === "outdated");
    world.hub.send(await world.relay.keyring(trusted, world.relay.rev + 101));
    await device.waitFor(() => refused() === null);
  });

  it("reordered and truncated records are never shown with a hole", async () => {
    const frames = [
      await world.relay.append(session, [said(" b", "1")]),
      await world.relay.append(session, [said(" c", "1")]),
      await world.relay.append(session, [said(" d", "1")]),
    ];
    const [b, c, d] = frames;
    if (b === undefined || c === undefined || d === undefined) throw new Error("no frames");
    world.hub.send(d, c.slice(0, 120), c);
    await device.waitFor(() => proseOf(device, session) === "hello b c d");
    expect(device.entries(session).filter(({ kind }) => kind === "prose")).toHaveLength(1);
  });
});

describe("S12: two histories", () => {
  it("freeze the session and raise the alarm, whatever place they meet at", async () => {
    const other = await world.relay.seal(session, 1, await genesis(world.relay.m, session), [said("forged", "9")]);
    world.hub.send(other);
    await device.waitFor(() => device.timeline(device.machine, session).alarm?.kind === "forked");
    await world.hub.append(session, said("more", "1"));
    await world.hub.head(session, { title: "After" });
    await device.waitFor(() => device.view().sessions[0]?.title === "After");
    expect(proseOf(device, session)).toBe("hello");
    expect(device.view().alarm).toBe("forked");
  });

  it("stay known in the next life of the page, which meets only one of them", async () => {
    const other = await world.relay.seal(session, 1, await genesis(world.relay.m, session), [said("forged", "9")]);
    world.hub.send(other);
    await device.waitFor(() => device.timeline(device.machine, session).alarm?.kind === "forked");
    const { store, machine } = device;
    if (!(store instanceof MemoryStore)) throw new Error("no memory store");
    while ((await store.log(machine, session))?.forked !== true) {
      await new Promise((resolve) => world.clock.after(5, () => resolve(null)));
    }
    device.stop();
    world.hub.isReachable = false;
    const again = await world.device(store.snapshot());
    await again.watch(session);
    await again.waitFor(() => again.timeline(machine, session).alarm?.kind === "forked");
    expect(proseOf(again, session)).toBe("hello");
  });

  it("meet also where one of them is only in the cache", async () => {
    const other = await world.relay.seal(session, 1, await genesis(world.relay.m, session), [said("forged", "9")]);
    await world.hub.append(session, said(" world", "1"));
    await device.waitFor(() => proseOf(device, session) === "hello world");
    const { store, machine } = device;
    if (!(store instanceof MemoryStore)) throw new Error("no memory store");
    while ((await store.records(machine, session, 1, 2)).length < 2) {
      await new Promise((resolve) => world.clock.after(5, () => resolve(null)));
    }
    device.stop();
    const again = await world.device(store.snapshot());
    await again.watch(session);
    await again.waitFor(() => proseOf(again, session) === "hello world" && again.view().live === "live");
    world.hub.send(other);
    await again.waitFor(() => again.timeline(machine, session).alarm?.kind === "forked");
    expect(proseOf(again, session)).toBe("hello world");
  });

  it("need the relay's signature: a forged record is only dropped", async () => {
    const honest = await world.relay.seal(session, 1, await genesis(world.relay.m, session), [said("forged", "9")]);
    const forged = honest.slice();
    forged.set(randomBytes(64), forged.length - 64);
    const dropped = droppedBy(device);
    world.hub.send(forged);
    await device.waitFor(() => (device.core.reconnect(), droppedBy(device) === dropped + 1));
    expect(device.timeline(device.machine, session).alarm).toBeNull();
  });
});

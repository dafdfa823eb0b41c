import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseFrame, type SessionId } from "../../schema/index.ts";
import type { Device } from "../test/device.ts";
import { DeviceWorld, proseOf } from "../test/device-world.ts";
import { said } from "../test/pretend-relay.ts";
import type { LiveStore } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";

let world: DeviceWorld;
let store: MemoryStore;
/** Names of the store's methods that fail now, as a full disk or a lost connection makes them. */
let failing: Set<keyof LiveStore>;
let device: Device;
let session: SessionId;

beforeEach(async () => {
  world = await DeviceWorld.create();
  store = new MemoryStore();
  failing = new Set();
  device = await world.paired(failingStore());
  session = await world.session();
  await device.waitFor(() => device.view().sessions.length === 1);
  await device.watch(session);
  await device.waitFor(() => proseOf(device, session) === "hello");
});
afterEach(() => world.stop());

function failingStore(): MemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        [...failing].some((each) => each === name)
          ? Promise.reject(new DOMException("full", "QuotaExceededError"))
          : Reflect.apply(value, target, args);
    },
  });
}

async function line(text: string): Promise<void> {
  await world.hub.append(session, said(text, text));
  await device.waitFor(() => proseOf(device, session).endsWith(text));
}

/** The next life of this browser's page. */
async function again(): Promise<Device> {
  device.stop();
  const next = await world.device(store.snapshot());
  await next.watch(session);
  return next;
}

describe("storage that fails for a moment", () => {
  it("R9: leaves no hole in the next life of the page", async () => {
    failing.add("saveRecords");
    await line("lost");
    await device.waitFor(() => device.view().trouble !== null);
    failing.clear();
    await line("kept");
    await world.hub.head(session, { title: "Kept" });
    await device.waitFor(() => device.view().sessions[0]?.title === "Kept");
    const next = await again();
    await next.waitFor(() => next.timeline(next.machine, session).status === "ready");
    for (let page = 0; page < 3 && proseOf(next, session) !== "hello|lost|kept"; page++) {
      await next.core.loadOlder(next.machine, session);
      await next.waitFor(() => !next.timeline(next.machine, session).loadingOlder);
    }
    expect(proseOf(next, session)).toBe("hello|lost|kept");
  });

  it("loses no document: the next save makes up for it", async () => {
    failing.add("saveDocuments");
    await world.hub.head(session, { title: "While it failed" });
    await device.waitFor(() => device.view().sessions[0]?.title === "While it failed");
    failing.clear();
    const other = await world.session();
    await device.waitFor(() => device.view().sessions.length === 2);
    await device.waitFor(
      () => (device.core.reconnect(), device.core.machine(device.machine)?.documents.cursor ?? 0) > 4,
    );
    device.stop();
    world.hub.isReachable = false;
    const next = await world.device(store.snapshot());
    await next.waitFor(() => next.view().machines.length === 1);
    expect(
      next
        .view()
        .sessions.map(({ title }) => title)
        .toSorted(),
    ).toEqual(["Pretend", "While it failed"]);
    expect(next.view().sessions.some((row) => row.session === other)).toBe(true);
  });

  it("what came in a batch whose proof could not be kept is stored all the same, and the window opens again", async () => {
    failing.add("changeMachine");
    const gots = () => world.hub.heard.flatMap((message) => (message.t === "got" ? [message.bytes] : []));
    const [connection] = world.hub.connections;
    if (connection === undefined) throw new Error("not connected");
    world.hub.beacons = false;
    world.clock.skip(30_001); // the time of the last proof is stored again
    const record = await world.relay.append(session, [said("beside", "2")]);
    const frames: Uint8Array[] = [record];
    world.hub.tampering.down = (frame) => {
      if (parseFrame(frame).name !== "BEACON") return frame;
      frames.push(frame);
      return null;
    };
    await world.hub.beacon();
    delete world.hub.tampering.down;
    const before = gots().at(-1) ?? 0;
    world.hub.send(...frames.map((frame) => frame.slice()));
    await device.waitFor(() => device.view().trouble !== null && proseOf(device, session) === "hello|beside");
    while ((gots().at(-1) ?? 0) <= before) await new Promise((resolve) => world.clock.after(20, () => resolve(null)));
    expect((await store.records(device.machine, session, 1, 9)).map(({ seq }) => seq)).toEqual([1, 2]);
  });
});

describe("a machine that is forgotten while words come", () => {
  it("leaves nothing behind, and the next pairing starts from the beginning", async () => {
    const { machine } = device;
    const [row] = await store.machines();
    if (row === undefined) throw new Error("not paired");
    await device.core.forget(machine);
    await store.saveDocuments(machine, [], 1000);
    await store.saveRecords(machine, session, [], () => ({
      m: machine,
      s: session,
      runs: [],
      forked: false,
      usedAt: 1,
      bytes: 0,
    }));
    expect(await store.docCursor(machine)).toBe(0);
    expect(await store.log(machine, session)).toBeNull();
  });
});

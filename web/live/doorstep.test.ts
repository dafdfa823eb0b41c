import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeviceWorld, ORIGIN } from "../test/device-world.ts";
import { Doorstep } from "./doorstep.ts";
import { MemoryStore } from "./memory-store.ts";
import { openCore, type OpenCore } from "./open-core.ts";
import type { Platform, TabNote } from "./ports.ts";
import type { FromThread } from "./thread-protocol.ts";

let world: DeviceWorld;
let told: FromThread[];
let opened: OpenCore[];
let heard: ((note: TabNote) => void) | null;

beforeEach(async () => {
  world = await DeviceWorld.create();
  told = [];
  opened = [];
  heard = null;
});
afterEach(() => {
  for (const { core } of opened) core.stop();
});

/** A store that says that it lasts, as a browser's does. */
function lasting(): MemoryStore {
  return new Proxy(new MemoryStore(), {
    get: (target, name) => {
      if (name === "isDurable") return true;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const open: typeof openCore = async (...args) => {
  const core = await openCore(...args);
  opened.push(core);
  return core;
};

async function doorstep(fetchCore: () => Promise<typeof openCore>, store = lasting()): Promise<Doorstep> {
  const { clock, hub } = world;
  const tabs: Platform["tabs"] = {
    tell: () => undefined,
    listen: (listener) => {
      heard = listener;
      return () => undefined;
    },
  };
  const platform = { origin: ORIGIN, appBuild: "test", random: () => 0, clock, store, tabs };
  const step = new Doorstep({
    platform: { ...platform, dial: hub.dial, post: hub.post },
    page: { visible: true, online: true },
    tell: (message) => told.push(message),
    fetchCore,
  });
  await step.start();
  return step;
}

async function until<T>(look: () => T | null | undefined | false | Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => world.clock.after(5, () => resolve(null)));
  }
}

const app = () => told.findLast((message) => message.t === "app")?.view;
const pairing = () => told.flatMap((message) => (message.t === "pairing" ? [message.view.step] : []));

describe("a browser that knows nothing", () => {
  it("shows its first screen without a core, and fetches it when another tab paired", async () => {
    let fetched = 0;
    await doorstep(() => Promise.resolve((fetched++, open)));
    expect([app()?.ready, fetched]).toEqual([true, 0]);
    heard?.({ note: "machines" });
    await until(() => opened.length === 1);
  });

  it("a link that is opened shows that it connects at once, says what does not load, and goes on when it does", async () => {
    let isAway = true;
    const step = await doorstep(() => (isAway ? Promise.reject(new TypeError("no network")) : Promise.resolve(open)));
    const link = await world.relay.link(ORIGIN);
    const handled = step.handle({ t: "pair", link, deviceName: "Phone" });
    expect(pairing()).toEqual(["connecting"]);
    await until(() => app()?.trouble?.code === "not-loaded");
    expect(app()?.ready).toBe(true);
    isAway = false;
    world.clock.skip(2000);
    await handled;
    expect(pairing().at(-1)).toBe("paired");
    await until(() => app()?.trouble === null);
  });
});

describe("a core that does not open", () => {
  it("is told, and every call is answered", async () => {
    const broken = () => Promise.reject(new TypeError("broken"));
    const step = await doorstep(() => Promise.resolve(broken), new MemoryStore());
    await until(() => app()?.trouble?.code === "not-started");
    await expect(step.handle({ t: "call", id: 7, name: "forget", args: [] })).rejects.toThrow("broken");
    expect(told).toContainEqual(expect.objectContaining({ t: "failed", id: 7 }));
  });

  it("storage that cannot tell of an interrupted pairing keeps nothing else from running", async () => {
    const store = new MemoryStore();
    store.pairing = () => Promise.reject(new DOMException("lost", "UnknownError"));
    const step = await doorstep(() => Promise.resolve(open), store);
    await step.handle({ t: "call", id: 8, name: "probeAgents", args: ["none"] });
    expect(told).toContainEqual(expect.objectContaining({ t: "answer", id: 8 }));
  });
});

it("a pairing that goes on after a reload lets everything else go on too", async () => {
  const store = lasting();
  const first = await doorstep(() => Promise.resolve(open), store);
  world.hub.isReachable = false;
  void first.handle({ t: "pair", link: await world.relay.link(ORIGIN), deviceName: "Phone" });
  await until(() => opened[0] !== undefined);
  await until(() => store.pairing());
  opened[0]?.core.stop();
  const again = await doorstep(() => Promise.resolve(open), store);
  await again.handle({ t: "cancel-pairing" });
  expect(pairing().at(-1)).toBe("idle");
});

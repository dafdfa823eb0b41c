import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { equalBytes, parseFrame, RECORDS_AT_FIRST, RECORDS_PAGE, type SessionId } from "../../schema/index.ts";
import { DeviceWorld, proseOf } from "../test/device-world.ts";
import { said } from "../test/pretend-relay.ts";
import type { Device } from "../test/device.ts";
import { MemoryStore } from "./memory-store.ts";

let world: DeviceWorld;
beforeEach(async () => {
  world = await DeviceWorld.create();
});
afterEach(() => world.stop());

/** A store that keeps what a browser killed after each of its transactions would find. */
function remembering(store: MemoryStore, kept: MemoryStore[]): MemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        const result: unknown = await Reflect.apply(value, target, args);
        if (/^(?:save|change|enqueue|adopt|keep|reserve)/.test(String(name))) kept.push(target.snapshot());
        return result;
      };
    },
  });
}

/** Reads of several records are answered by whoever calls what waits. */
class SlowReads {
  isOn = false;
  readonly waiting: (() => void)[] = [];
  #told: () => void = () => undefined;

  /** Resolves when one more read waits. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => (this.#told = resolve));
  }

  of(store: MemoryStore): MemoryStore {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const result: unknown = await Reflect.apply(value, target, args);
          if (name === "records" && args[2] !== args[3] && this.isOn) await this.#wait();
          return result;
        };
      },
    });
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.#told();
    });
  }
}

const LINES = 12;
const text = (count: number): string => Array.from({ length: count }, (_, index) => `${index} `).join("");

async function stream(session: SessionId, from: number, to: number): Promise<void> {
  for (let line = from; line < to; line++) await world.hub.append(session, said(`${line} `, "s"));
}

/** So many lines are said while the device, which has the session open, is away; the hub is out of reach still. */
async function missLines(device: Device, session: SessionId, lines: number): Promise<void> {
  await device.waitFor(() => device.view().sessions.length === 1);
  await device.watch(session);
  await device.waitFor(() => proseOf(device, session) === "hello");
  world.hub.isReachable = false;
  world.hub.cut();
  for (let line = 0; line < lines; line++) await world.relay.append(session, [said(`${line} `, `m${line}`)]);
  await world.relay.head(session);
}

function prompts(device: Device, session: SessionId): string[] {
  return device.entries(session).flatMap((entry) => {
    return entry.kind === "user" ? [`${entry.delivery} ${entry.blocks[0]?.text ?? ""}`] : [];
  });
}

describe("R9: a device killed at any point", () => {
  it("resumes with no gap and no duplicate, and its prompt is one command with one frame", async () => {
    const kept: MemoryStore[] = [];
    const device = await world.paired(remembering(new MemoryStore(), kept));
    const session = await world.session();
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    await stream(session, 0, 6);
    await device.prompt(session, "go");
    await stream(session, 6, LINES);
    const command = await device.waitFor(() => world.hub.commands.find(({ plain }) => plain.op === "session.prompt"));
    const of = [command.device.d, 1, command.frame.header.ctr];
    await world.hub.append(session, { k: "user", of, prompt: [{ type: "text", text: "go" }] });
    await world.hub.append(session, { k: "turn", t: 1, of: [of] });
    await world.hub.head(session);
    await device.waitFor(() => prompts(device, session)[0] === "agent go");
    const whole = proseOf(device, session);
    expect(whole).toBe(`hello|${text(LINES)}`);
    device.stop();
    const paired = kept.filter((_, index) => index > 0);
    expect(paired.length).toBeGreaterThan(10);
    // A frame is stored before it is sent, so every later life finds the very bytes the relay has seen.
    const stored = (await Promise.all(paired.map((snapshot) => snapshot.outbox(command.frame.header.m))))
      .flat()
      .flatMap(({ op, frame }) => (op === "session.prompt" && frame !== null ? [frame] : []));
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.every((frame) => equalBytes(frame, command.frame.bytes))).toBe(true);
    for (const snapshot of paired) {
      if ((await snapshot.machines()).length === 0) continue;
      const again = await world.device(snapshot);
      await again.watch(session);
      await again.waitFor(() => proseOf(again, session) === whole && prompts(again, session)[0] === "agent go");
      await again.waitFor(() => again.view().outbox.length === 0);
      expect(prompts(again, session)).toEqual(["agent go"]);
      again.stop();
    }
  });

  it("sends what was wished offline once it is back, byte for byte the same on every connection", async () => {
    const store = new MemoryStore();
    const device = await world.paired(store);
    const session = await world.session();
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    world.hub.isReachable = false;
    world.hub.cut();
    await device.prompt(session, "later");
    await device.waitFor(() => prompts(device, session)[0] === "device later");
    device.stop();
    const before = world.hub.sentCommands.length;
    world.hub.isReachable = true;
    world.hub.handle = () => Promise.resolve(null);
    const again = await world.device(store.snapshot());
    await again.waitFor(() => again.view().outbox[0]?.delivery === "stored");
    world.hub.cut();
    again.core.reconnect();
    await again.waitFor(() => world.hub.sentCommands.length - before === 2);
    const [one, two] = world.hub.sentCommands.slice(before);
    expect(one !== undefined && two !== undefined && equalBytes(one, two)).toBe(true);
  });
});

describe("a device that was away for longer than its prompt was good", () => {
  it("never says that it was not run before the machine had time to tell what became of it", async () => {
    const device = await world.paired();
    const session = await world.session();
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    world.hub.handle = () => Promise.resolve(null); // it runs, and its answer is lost
    await device.prompt(session, "go");
    await device.waitFor(() => prompts(device, session)[0] === "stored go");
    world.hub.isReachable = false;
    world.hub.cut();
    world.clock.skip(700_000);
    await device.waitFor(() => prompts(device, session)[0] === "unknown go");
    world.hub.isReachable = true;
    world.hub.beacons = false;
    device.core.reconnect();
    const watcher = await device.waitFor(() => {
      const [connection] = world.hub.connections;
      return connection?.kid != null && connection.nonce !== null
        ? ([connection.kid, connection.nonce] as const)
        : null;
    });
    world.hub.send(await world.relay.beacon([watcher], world.clock.wall()));
    await device.waitFor(() => device.view().live === "live");
    expect(prompts(device, session)).toEqual(["unknown go"]);
    world.clock.skip(10_000);
    await device.waitFor(() => prompts(device, session)[0] === "refused go");
  });
});

describe("two tabs of one browser", () => {
  it("share one outbox: different counters, one frame per command", async () => {
    const store = new MemoryStore();
    const one = await world.paired(store);
    const session = await world.session();
    const two = await world.device(store);
    await two.waitFor(() => two.view().sessions.length === 1);
    world.hub.handle = () => Promise.resolve(null);
    await Promise.all([one.prompt(session, "a"), two.prompt(session, "b"), one.prompt(session, "c")]);
    await one.waitFor(() => world.hub.commands.filter(({ plain }) => plain.op === "session.prompt").length >= 3);
    const entries = await store.outbox(one.machine);
    expect(new Set(entries.map(({ ctr }) => ctr)).size).toBe(3);
    world.hub.cut();
    one.core.reconnect();
    two.core.reconnect();
    await one.waitFor(() => world.hub.commands.filter(({ plain }) => plain.op === "session.prompt").length >= 6);
    const frames = new Set(world.hub.sentCommands.map((frame) => frame.join()));
    expect(frames.size).toBe(entries.length + 1); // and device.hello
  });
});

describe("a long session", () => {
  it("starts at its newest part and goes back page by page without a hole", async () => {
    const device = await world.paired();
    const session = await world.session();
    for (let line = 0; line < 500; line++) await world.relay.append(session, [said(`${line} `, `m${line}`)]);
    await world.hub.head(session, { title: "Long" });
    await device.waitFor(() => device.view().sessions[0]?.title === "Long");
    await device.watch(session);
    await device.waitFor(() => proseOf(device, session).endsWith("499 "));
    expect(device.timeline(device.machine, session).more).toBe(true);
    expect(device.entries(session)).toHaveLength(RECORDS_AT_FIRST);
    for (const pages of [1, 2]) {
      await device.core.loadOlder(device.machine, session);
      await device.waitFor(() => device.entries(session).length === RECORDS_AT_FIRST + pages * RECORDS_PAGE);
    }
    await device.core.loadOlder(device.machine, session);
    await device.waitFor(() => device.entries(session).length === 501);
    expect(device.timeline(device.machine, session).more).toBe(false);
    expect(proseOf(device, session).split("|")).toEqual(["hello", ...Array.from({ length: 500 }, (_, i) => `${i} `)]);
  });

  it("goes back a page while new records come, and none of them is lost from the view", async () => {
    const slow = new SlowReads();
    const device = await world.paired(slow.of(new MemoryStore()));
    const session = await world.session();
    for (let line = 0; line < RECORDS_PAGE; line++) await world.relay.append(session, [said(`${line} `, `m${line}`)]);
    await world.hub.head(session, { title: "Long" });
    await device.waitFor(() => device.view().sessions[0]?.title === "Long");
    await device.watch(session);
    await device.waitFor(() => proseOf(device, session).endsWith(`${RECORDS_PAGE - 1} `));
    slow.isOn = true;
    const reading = slow.next();
    const older = device.core.loadOlder(device.machine, session);
    await reading;
    await world.hub.append(session, said("meanwhile", "now"));
    await device.waitFor(() => proseOf(device, session).endsWith("meanwhile"));
    slow.isOn = false;
    slow.waiting[0]?.();
    await older;
    await world.hub.append(session, said("after", "then"));
    await device.waitFor(() => device.entries(session).length === RECORDS_PAGE + 3);
    expect(proseOf(device, session).endsWith(`${RECORDS_PAGE - 1} |meanwhile|after`)).toBe(true);
  });

  it("far behind after an absence shows the newest part and joins the older one", async () => {
    const device = await world.paired();
    const session = await world.session();
    await missLines(device, session, 700);
    world.hub.isReachable = true;
    device.core.reconnect();
    await device.waitFor(() => device.entries(session).length === 701);
    expect(proseOf(device, session).split("|")).toEqual(["hello", ...Array.from({ length: 700 }, (_, i) => `${i} `)]);
  });

  it("far behind, it joins the older part also while the reader asks for the page above", async () => {
    const slow = new SlowReads();
    const device = await world.paired(slow.of(new MemoryStore()));
    const session = await world.session();
    await missLines(device, session, 700);
    // As with a window: of the records from the old place on nothing has come when the newest are asked for.
    const asked = () => world.hub.heard.filter(({ t }) => t === "sub").length;
    const before = asked();
    world.hub.tampering.down = (frame) => (asked() < before + 2 && parseFrame(frame).name === "EVT" ? null : frame);
    // The page and the whole of the older part are read side by side, the page is put above first.
    slow.isOn = true;
    const joining = slow.next();
    world.hub.isReachable = true;
    device.core.reconnect();
    await joining;
    const paging = slow.next();
    const older = device.core.loadOlder(device.machine, session);
    await paging;
    slow.isOn = false;
    slow.waiting[1]?.();
    await older;
    slow.waiting[0]?.();
    await device.waitFor(() => device.entries(session).length === 701);
    expect(proseOf(device, session).split("|")).toEqual(["hello", ...Array.from({ length: 700 }, (_, i) => `${i} `)]);
  });

  it("thousands of records behind it starts at the end, settles its prompt, and the rest is above page by page", async () => {
    const device = await world.paired();
    const session = await world.session();
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    await device.waitFor(() => proseOf(device, session) === "hello");
    world.hub.handle = () => Promise.resolve(null);
    await device.prompt(session, "go");
    await device.waitFor(() => prompts(device, session)[0] === "stored go");
    const command = world.hub.commands.at(-1);
    const of = [command?.device.d, 1, command?.frame.header.ctr];
    world.hub.isReachable = false;
    world.hub.cut();
    await world.relay.append(session, [{ k: "user", of, prompt: [{ type: "text", text: "go" }] }]);
    await world.relay.append(session, [{ k: "turn", t: 1, of: [of] }]);
    for (let line = 0; line < 2300; line++) await world.relay.append(session, [said(`${line} `, `m${line}`)]);
    await world.relay.head(session);
    // What streams from the old place is still on its way when the new head asks for the newest part.
    const subs = () => world.hub.heard.filter(({ t }) => t === "sub").length;
    const before = subs();
    world.hub.tampering.down = (frame) => (parseFrame(frame).name === "EVT" && subs() < before + 2 ? null : frame);
    world.hub.isReachable = true;
    device.core.reconnect();
    await device.waitFor(() => device.view().outbox.length === 0);
    expect(device.entries(session).length).toBeLessThan(500);
    expect(prompts(device, session)).toEqual([]);
    await device.waitFor(() => (device.core.machine(device.machine)?.log(session)?.runs ?? []).length === 1);
    const shown = device.entries(session).length;
    await device.core.loadOlder(device.machine, session);
    await device.waitFor(() => device.entries(session).length === shown + 200);
    expect(device.timeline(device.machine, session).more).toBe(true);
  });
});

describe("a new epoch", () => {
  it("whose keyring did not come is cured by device.hello", async () => {
    const device = await world.paired();
    const session = await world.session();
    await device.waitFor(() => device.view().sessions.length === 1);
    await device.watch(session);
    await device.waitFor(() => proseOf(device, session) === "hello");
    world.clock.skip(31_000);
    world.relay.rotate();
    await world.hub.append(session, said(" again", "1"));
    await device.waitFor(() => proseOf(device, session) === "hello again");
    const hellos = world.hub.commands.filter(({ plain }) => plain.op === "device.hello");
    expect(new Set(hellos.map(({ frame }) => frame.header.ctr)).size).toBe(2);
  });

  it("a document that could not be read comes again, although later ones were read with the keyring", async () => {
    const device = await world.paired();
    const [one, other] = [await world.session(), await world.session()];
    await device.waitFor(() => device.view().sessions.length === 2);
    world.hub.handle = () => Promise.resolve(null);
    world.relay.rotate();
    await world.hub.head(one, { title: "Unread" });
    await device.waitFor(() => device.core.machine(device.machine)?.documents.cursor !== 0);
    const [trusted] = world.relay.devices.values();
    if (trusted === undefined) throw new Error("no device");
    world.hub.send(await world.relay.keyring(trusted), await world.relay.head(other, { title: "Read" }));
    await device.waitFor(() => device.view().sessions.some(({ title }) => title === "Read"));
    await device.waitFor(() => device.view().sessions.some(({ title }) => title === "Unread"));
    expect(device.view().sessions).toHaveLength(2);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  concat,
  lp,
  pairUrl,
  parsePairLink,
  randomBytes,
  ROUTES,
  unpackMessage,
  type Bytes,
} from "../../schema/index.ts";
import { createDevice, type Device } from "../test/device.ts";
import { DeviceWorld, ORIGIN } from "../test/device-world.ts";
import { PretendRelay } from "../test/pretend-relay.ts";
import { MemoryStore } from "./memory-store.ts";
import type { PairingView } from "./model.ts";
import type { Post } from "./ports.ts";

let world: DeviceWorld;
const devices: Device[] = [];
beforeEach(async () => {
  world = await DeviceWorld.create();
});
afterEach(() => {
  world.stop();
  for (const device of devices.splice(0)) device.stop();
});

/** A device whose pairing posts go through `change`. */
async function behind(change: (post: Post, body: Bytes) => ReturnType<Post>, store = new MemoryStore()) {
  const { hub, clock } = world;
  const post: Post = (path, type, body) =>
    path.startsWith("/v1/pair/") && typeof body !== "string"
      ? change((...args) => hub.post(...args), body)
      : hub.post(path, type, body);
  const device = await createDevice({ origin: ORIGIN, post, dial: hub.dial, store, clock, random: () => 0 });
  devices.push(device);
  return device;
}

async function failureOf(device: Device, link: string): Promise<string> {
  return device.pair(link).then(
    () => "paired",
    (error: unknown) => (error instanceof Error ? error.message : "?"),
  );
}

const path = () => ROUTES.pair(world.relay.m);
const isPair3 = (body: Bytes) => body[1] === 0x42;
const json = (status: number, code: string) => ({ status, body: new TextEncoder().encode(JSON.stringify({ code })) });

describe("a pairing that cannot be", () => {
  it("a garbled link is refused before anything is sent", async () => {
    const device = await behind(() => Promise.reject(new Error("must not be asked")));
    const link = await world.relay.link(ORIGIN);
    for (const garbled of ["", "hello", link.slice(0, -1), link.replace("#1.", "#2."), `${link}.x`]) {
      expect(await failureOf(device, garbled)).toBe("E_SCHEMA");
    }
  });

  it.each([
    ["an expired link", 404, "E_PAIR_EXPIRED"],
    ["a used one", 409, "E_PAIR_USED"],
    ["wrong digits", 403, "E_PAIR_CODE"],
    ["too many tries", 429, "E_RATE"],
  ])("%s says so and what to do", async (_name, status, code) => {
    const device = await behind(() => Promise.resolve(json(status, code)));
    expect(await failureOf(device, await world.relay.link(ORIGIN))).toBe(code);
    expect(device.pairing).toMatchObject({ step: "failed", reason: expect.any(String), next: expect.any(String) });
    expect(await device.store.pairing()).toBeNull();
  });

  it("S7: another machine behind the same link is refused at once: its key does not hash to the link's name", async () => {
    const other = await PretendRelay.create();
    const posted: (number | undefined)[] = [];
    const link = parsePairLink(await other.link(ORIGIN));
    const device = await behind(async (_post, body) => {
      posted.push(body[1]);
      const answer = await other.pairing(body);
      return answer === null ? json(404, "E_PAIR_EXPIRED") : { status: 200, body: answer };
    });
    expect(await failureOf(device, pairUrl(ORIGIN, { ...link, machine: world.relay.m }))).toBe("E_AUTH");
    // No PAIR3: nothing that proves this device, and no digits for a person to type.
    expect(posted).toEqual([0x40]);
    expect(await device.store.machines()).toEqual([]);
  });

  it("one flipped bit in any answer ends it without a machine", async () => {
    for (const stage of [isPair3, (body: Bytes) => !isPair3(body)]) {
      for (const place of [1, 10, 40, 200]) {
        const device = await behind(async (post, body) => {
          const answer = await post(path(), "", body);
          if (!stage(body)) return answer;
          const flipped = answer.body.slice();
          flipped[flipped.length - place] = (flipped[flipped.length - place] ?? 0) ^ 1;
          return { ...answer, body: flipped };
        });
        expect(await failureOf(device, await world.relay.link(ORIGIN))).toBe("E_AUTH");
        expect(await device.store.machines()).toEqual([]);
      }
    }
  });

  it("a keyring of another device in the answer ends it", async () => {
    const first = await world.paired();
    const ring = [...world.relay.devices.values()].find(({ d }) => d === first.view().machines[0]?.thisDevice);
    const device = await behind(async (post, body) => {
      const answer = await post(path(), "", body);
      if (!isPair3(body) || ring === undefined) return answer;
      const [pair4 = randomBytes(1)] = unpackMessage(answer.body);
      return { ...answer, body: concat(lp(pair4), lp(await world.relay.keyring(ring))) };
    });
    expect(await failureOf(device, await world.relay.link(ORIGIN))).toBe("E_AUTH");
  });
});

describe("a pairing that takes its time", () => {
  it("posts the same bytes again after 204 and without a network, and shows the digits after a moment", async () => {
    const bodies: Bytes[] = [];
    let isConfirmed = false;
    const device = await behind(async (post, body) => {
      bodies.push(body);
      if (bodies.length === 1) throw new TypeError("fetch failed");
      if (bodies.length === 2) return { status: 204, body: new Uint8Array(0) };
      if (bodies.length === 3) return json(500, "E_INTERNAL");
      if (!isPair3(body) || isConfirmed) return post(path(), "", body);
      await new Promise((resolve) => world.clock.after(100, () => resolve(null)));
      return { status: 204, body: new Uint8Array(0) };
    });
    const steps: PairingView["step"][] = [];
    const paired = device.pair(await world.relay.link(ORIGIN));
    while (device.pairing.step !== "code") {
      if (steps.at(-1) !== device.pairing.step) steps.push(device.pairing.step);
      // In small steps: the threads that do the cryptography need many turns on a busy machine, the link ends after 300 s.
      world.clock.skip(2);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(steps).toEqual(["connecting", "finishing"]);
    expect(device.pairing).toMatchObject({ code: expect.stringMatching(/^\d{6}$/), machineName: "pretend" });
    isConfirmed = true;
    world.clock.skip(2000);
    await paired;
    expect(new Set(bodies.map((body) => body.join())).size).toBe(2);
  });

  it("does not spin when the server says at once that there is nothing yet", async () => {
    let posts = 0;
    const device = await behind(() => {
      posts++;
      return Promise.resolve({ status: 204, body: new Uint8Array(0) });
    });
    void device.core.pairing.start(await world.relay.link(ORIGIN), "Phone");
    for (let n = 1; n <= 3; n++) {
      await expect.poll(() => posts).toBe(n);
      await new Promise((resolve) => world.clock.after(20, () => resolve(null)));
      expect(posts).toBe(n);
      world.clock.skip(2000);
    }
  });

  it("goes on after a reload with the very same frames", async () => {
    const store = new MemoryStore();
    const bodies: Bytes[] = [];
    const first = await behind((post, body) => {
      bodies.push(body);
      return isPair3(body) ? new Promise(() => undefined) : post(path(), "", body);
    }, store);
    void first.core.pairing.start(await world.relay.link(ORIGIN), "Phone");
    await first.waitFor(() => first.pairing.step === "finishing");
    first.stop();
    const second = await behind((post, body) => {
      bodies.push(body);
      return post(path(), "", body);
    }, store.snapshot());
    await second.waitFor(() => second.pairing.step === "paired");
    expect(new Set(bodies.map((body) => body.join())).size).toBe(2);
    await second.waitFor(() => second.view().live === "live");
  });
});

// Pairing at the relay against a device, and against everybody else.
import { expect, it } from "vitest";
import {
  exportPublic,
  generateAgreementPair,
  PAIR_CONFIRM_MS,
  PAIR_LINK_MS,
  PENDING_MS,
  randomBytes,
  toB64,
  type Bytes,
} from "../../schema/index.ts";
import { openCore, pairDevice, type Core } from "../commands/test/test-core.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { bitFlips, TestDevice, type PairingAttempt } from "./test/test-device.ts";
import type { PairingEvent } from "./ports.ts";

const ADMIN = { scope: "admin", shell: false } as const;

async function fresh(digits: boolean) {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock, digits });
  const events: PairingEvent[] = [];
  core.pairing.on((event) => events.push(event));
  return { ...core, core, clock, events };
}

interface Begun {
  readonly device: TestDevice;
  readonly attempt: PairingAttempt;
  readonly secret: Bytes;
  readonly pair1: Bytes;
  readonly pair2: Bytes;
}

async function begin(core: Core, name = "phone"): Promise<Begun> {
  const device = await TestDevice.create(core.identity.machine, name);
  const { secret } = await core.pairing.invite(ADMIN);
  const attempt = await device.pairBy(secret);
  const pair1 = await attempt.pair1();
  const [pair2] = await core.pairing.receive(pair1);
  if (pair2 === undefined) throw new Error("no PAIR2");
  return { device, attempt, secret, pair1, pair2 };
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

it("admits a device whose six digits were typed, and sends PAIR4 with its keyring", async () => {
  const { core, pairing, store, events } = await fresh(true);
  const { device, attempt, pair2 } = await begin(core);
  const { frame, code } = await attempt.pair3(pair2);
  const reply = pairing.receive(frame);
  await waitFor(() => events.length === 1);
  expect(events).toMatchObject([{ type: "waiting", name: "phone" }]);
  expect(store.list()).toEqual([]);
  expect(await pairing.accept(attempt.keys.pid, code)).toBe(device.d);
  const [pair4, ring] = await reply;
  expect(await device.admitted(pair4 ?? new Uint8Array(0))).toMatchObject({ d: device.d, g: 1, scope: "admin" });
  expect((await device.keyring(ring ?? new Uint8Array(0)))?.cur).toBe(1);
  expect(store.get(device.d)).toMatchObject({ state: "pending", scope: "admin", shell: false });
  const { list } = await store.grants();
  expect(list).toMatchObject([{ kid: device.d, role: "device", jwk: { x: toB64(device.da.slice(1, 33)) } }]);
});

it("answers an identical PAIR1 or PAIR3 with the identical reply, also after the digits", async () => {
  const { core, pairing } = await fresh(true);
  const { attempt, pair1, pair2 } = await begin(core);
  expect(await pairing.receive(pair1)).toEqual([pair2]);
  const { frame, code } = await attempt.pair3(pair2);
  const replies = [pairing.receive(frame), pairing.receive(frame)];
  await waitFor(() => core.pairing.open().length === 1);
  await waitForConfirm(core, attempt);
  await pairing.accept(attempt.keys.pid, code);
  replies.push(pairing.receive(frame));
  const [first, second, third] = await Promise.all(replies);
  expect(first?.length).toBe(2);
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  expect(await pairing.receive(pair1)).toEqual([pair2]);
});

it("passes without digits where the Worker is the machine's own", async () => {
  const { core, clock, store } = await fresh(false);
  const device = await pairDevice(core, clock, { scope: "operate" });
  expect(store.get(device.d)).toMatchObject({ state: "active", scope: "operate" });
});

it("S6: three wrong digits end it: no device, no way on", async () => {
  const { core, pairing, store, events } = await fresh(true);
  const { attempt, pair2 } = await begin(core);
  const { frame, code } = await attempt.pair3(pair2);
  const reply = pairing.receive(frame);
  await waitForConfirm(core, attempt);
  const wrong = code === "000000" ? "000001" : "000000";
  for (const triesLeft of [2, 1, 0]) {
    await expect(pairing.accept(attempt.keys.pid, wrong)).rejects.toMatchObject({
      code: "E_PAIR_CODE",
      data: { triesLeft },
    });
  }
  await expect(pairing.accept(attempt.keys.pid, code)).rejects.toMatchObject({ code: "E_PAIR_EXPIRED" });
  expect(await reply).toEqual([]);
  expect(store.list()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ type: "aborted" });
});

it("S6: frames made without S do nothing, and the invitation stays good", async () => {
  const { core, pairing, store, events } = await fresh(false);
  const device = await TestDevice.create(core.identity.machine);
  const { secret } = await pairing.invite(ADMIN);
  const [open] = pairing.open();
  const guess = await device.pairBy(randomBytes(32));
  const forged = await guess.pair1();
  // The Worker knows the pid, not S: it can put its own frame under the right pid.
  const honest = await device.pairBy(secret);
  forged.set(Buffer.from(honest.keys.pid, "base64url"), 2);
  expect(await pairing.receive(forged)).toEqual([]);
  expect(pairing.open()).toEqual([open]);
  const [pair2] = await pairing.receive(await honest.pair1());
  const { frame } = await honest.pair3(pair2 ?? new Uint8Array(0));
  expect((await pairing.receive(frame)).length).toBe(2);
  expect(store.list().length).toBe(1);
  expect(events.map(({ type }) => type)).toEqual(["paired"]);
});

it("S6: a thief who has S must guess digits that change with every attempt", async () => {
  const codes = new Set<string>();
  for (let n = 0; n < 5; n++) {
    const { core } = await fresh(true);
    const { attempt, pair2 } = await begin(core);
    codes.add((await attempt.pair3(pair2)).code);
  }
  expect(codes.size).toBe(5);
});

it("S7: two different PAIR1 for one link leave no device", async () => {
  const { core, pairing, store, events } = await fresh(false);
  const { attempt, secret, pair2 } = await begin(core);
  const thief = await TestDevice.create(core.identity.machine, "thief");
  const second = await thief.pairBy(secret);
  expect(await pairing.receive(await second.pair1())).toEqual([]);
  expect(await pairing.receive((await attempt.pair3(pair2)).frame)).toEqual([]);
  expect(store.list()).toEqual([]);
  expect(events).toMatchObject([{ type: "aborted", code: "E_PAIR_USED" }]);
  expect(pairing.open()).toEqual([]);
});

it.each([
  [
    "commitment (another eD)",
    async () => ({ eD: toB64(await exportPublic((await generateAgreementPair(false)).publicKey)) }),
  ],
  ["commitment (another r)", () => ({ r: toB64(randomBytes(16)) })],
  ["hash", () => ({ h: toB64(randomBytes(32)) })],
  ["signature", () => ({ sig: toB64(randomBytes(64)) })],
  ["shape", () => ({ r: "x" })],
])("S7: a wrong %s in PAIR3 leaves no device", async (_what, spoil) => {
  const { core, pairing, store, events } = await fresh(false);
  const { attempt, pair2 } = await begin(core);
  const change = await spoil();
  const { frame } = await attempt.pair3(pair2, (plain) => ({ ...plain, ...change }));
  expect(await pairing.receive(frame)).toEqual([]);
  expect(store.list()).toEqual([]);
  expect(events).toMatchObject([{ type: "aborted" }]);
});

it("S7: a second PAIR3 while digits are awaited leaves no device", async () => {
  const { core, pairing, store } = await fresh(true);
  const { attempt, pair2 } = await begin(core);
  const first = await attempt.pair3(pair2);
  const reply = pairing.receive(first.frame);
  await waitForConfirm(core, attempt);
  expect(await pairing.receive((await attempt.pair3(pair2)).frame)).toEqual([]);
  expect(await reply).toEqual([]);
  await expect(pairing.accept(attempt.keys.pid, first.code)).rejects.toMatchObject({ code: "E_PAIR_EXPIRED" });
  expect(store.list()).toEqual([]);
});

it("S2: a PAIR1 or PAIR3 with any one bit flipped changes nothing", async () => {
  const { core, pairing, store, events } = await fresh(false);
  const device = await TestDevice.create(core.identity.machine);
  const { secret } = await pairing.invite(ADMIN);
  const attempt = await device.pairBy(secret);
  const pair1 = await attempt.pair1();
  for (const flipped of bitFlips(pair1)) expect(await pairing.receive(flipped)).toEqual([]);
  const [pair2] = await pairing.receive(pair1);
  const { frame } = await attempt.pair3(pair2 ?? new Uint8Array(0));
  for (const flipped of bitFlips(frame)) expect(await pairing.receive(flipped)).toEqual([]);
  expect([store.list(), events]).toEqual([[], []]);
  expect((await pairing.receive(frame)).length).toBe(2);
});

it("expires the link, the digits, and a device that never said hello", async () => {
  const { core, pairing, store, clock, events } = await fresh(true);
  await pairing.invite(ADMIN);
  clock.advance(PAIR_LINK_MS + 1);
  expect(pairing.open()).toEqual([]);

  const { attempt, pair2 } = await begin(core);
  const { frame, code } = await attempt.pair3(pair2);
  const reply = pairing.receive(frame);
  await waitForConfirm(core, attempt);
  clock.advance(PAIR_CONFIRM_MS + 1);
  expect(await reply).toEqual([]);
  await expect(pairing.accept(attempt.keys.pid, code)).rejects.toMatchObject({ code: "E_PAIR_EXPIRED" });
  expect(events.map(({ type }) => type)).toEqual(["expired", "waiting", "expired"]);

  const again = await begin(core);
  const third = await again.attempt.pair3(again.pair2);
  void pairing.receive(third.frame);
  await waitForConfirm(core, again.attempt);
  const d = await pairing.accept(again.attempt.keys.pid, third.code);
  clock.advance(PENDING_MS + 1);
  await store.sweep();
  expect(store.get(d)).toBeNull();
  expect((await store.grants()).list).toEqual([]);
});

it("opens three links at a time, and tells the hub when one closes", async () => {
  const { pairing } = await fresh(true);
  let changes = 0;
  pairing.onChanged(() => changes++);
  const invitations = [await pairing.invite(ADMIN), await pairing.invite(ADMIN), await pairing.invite(ADMIN)];
  await expect(pairing.invite(ADMIN)).rejects.toMatchObject({ code: "E_BUSY" });
  pairing.cancel(invitations[0]?.pid ?? invitations[1]?.pid ?? raise());
  expect(pairing.open().length).toBe(2);
  expect(changes).toBe(4);
});

it("forgets the reply once the device has said hello", async () => {
  const { core, pairing, clock } = await fresh(false);
  await pairDevice(core, clock);
  expect(pairing.open()).toEqual([]);
});

async function waitForConfirm(core: Core, attempt: PairingAttempt): Promise<void> {
  await waitFor(() => core.waiting.has(attempt.keys.pid));
}

function raise(): never {
  throw new Error("three were opened");
}

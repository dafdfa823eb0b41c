import { expect, test } from "vitest";
import {
  exportPublic,
  generateSigningPair,
  importSecret,
  isFrame,
  parseFrame,
  randomBytes,
  randomId,
  type Bytes,
  type DeviceId,
  type MachineId,
} from "../../schema/index.ts";
import { MachineKeys } from "./keyring.ts";
import { takeControl } from "./machine-control.ts";
import type { MachineRow } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { Outbox, type Wish } from "./outbox.ts";

const WISH: Wish = { op: "device.hello", args: { app: "test" }, session: null, seen: null, at: 0, exp: 1000 };

/** An outbox whose frames a test counts. */
async function bench() {
  const [m, d] = [randomId<MachineId>(), randomId<DeviceId>()];
  const pair = await generateSigningPair(false);
  const ri = await exportPublic(pair.publicKey);
  const row = { m, g: 1, ri, root: await importSecret(randomBytes(32)) } as unknown as MachineRow;
  const sent: number[] = [];
  const timers: (() => void)[] = [];
  const outbox = new Outbox({
    ...{
      store: new MemoryStore(),
      identity: { pair, publicKey: ri, d },
      machine: row,
      keys: await MachineKeys.of(row),
    },
    clock: {
      wall: () => 0,
      monotonic: () => 0,
      after: (_ms, run) => {
        timers.push(run);
        return () => undefined;
      },
    },
    send: (bytes: Bytes) => {
      const frame = parseFrame(bytes);
      if (isFrame(frame, "CMD")) sent.push(frame.header.ctr);
    },
    changed: () => undefined,
    refresh: async () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  return { outbox, sent, timers };
}

test("R15: what is said while a connection begins does not overtake what was said before", async () => {
  const { outbox, sent } = await bench();
  await outbox.add(WISH);
  await outbox.add(WISH);
  const [all] = [outbox.sendAll(), outbox.add(WISH)];
  await all;
  await expect.poll(() => sent).toEqual([1, 2, 3]);
  await outbox.add(WISH);
  await expect.poll(() => sent).toEqual([1, 2, 3, 4]);
  outbox.connectionLost();
  await outbox.add(WISH);
  await outbox.sendAll();
  expect(sent).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5]);
});

test("R15: what the hub refused is offered again in order, and what is said meanwhile follows it", async () => {
  const { outbox, sent, timers } = await bench();
  for (let n = 0; n < 3; n++) await outbox.add(WISH);
  await outbox.sendAll();
  await outbox.queued(1, 1);
  outbox.offerAgain(1, 2);
  outbox.offerAgain(1, 3);
  await outbox.add(WISH);
  expect(sent).toEqual([1, 2, 3]);
  expect(timers).toHaveLength(1);
  timers[0]?.();
  await expect.poll(() => sent).toEqual([1, 2, 3, 2, 3, 4]);
});

test("R15: what the hub has dropped is no longer said to be stored, and is offered again", async () => {
  const { outbox, sent, timers } = await bench();
  await outbox.add(WISH);
  await outbox.sendAll();
  await outbox.queued(1, 1);
  expect(outbox.find(1, 1)?.stored).toBe(true);
  const parts = { outbox, live: { refused: () => undefined }, feeds: {} } as unknown as Parameters<
    typeof takeControl
  >[1];
  await takeControl({ t: "err", code: "E_RATE", ref: [1, 1] }, parts);
  expect(outbox.find(1, 1)?.stored).toBe(true);
  await takeControl({ t: "err", code: "E_EXPIRED", ref: [1, 1] }, parts);
  expect(outbox.find(1, 1)?.stored).toBe(false);
  timers[0]?.();
  await expect.poll(() => sent).toEqual([1, 1]);
});

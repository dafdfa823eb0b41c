import { expect, test } from "vitest";
import { randomId, type DeviceId, type MachineId } from "../../schema/index.ts";
import type { LiveStore, MachineRow, OutboxEntry } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";

const m = randomId<MachineId>();
const paired = (rev: number): MachineRow =>
  ({ m, d: randomId<DeviceId>(), g: 1, pairedAt: rev, keyring: { rev } }) as unknown as MachineRow;
const entry = (ctr: number): OutboxEntry => ({ m, g: 1, ctr, op: "session.prompt" }) as unknown as OutboxEntry;

async function ctrAfter(store: LiveStore): Promise<number> {
  return (await store.enqueue(m, 1, entry)).ctr;
}

test("S1: pairing again never gives a counter twice, nor drops what waits on this device", async () => {
  const store = new MemoryStore();
  await store.adoptMachine(paired(1));
  expect(await ctrAfter(store)).toBe(1);
  await store.adoptMachine(paired(2));
  expect(await ctrAfter(store)).toBe(2);
  expect((await store.outbox(m)).map(({ ctr }) => ctr)).toEqual([1, 2]);
});

test("S1: a machine that was forgotten and paired again goes on counting", async () => {
  const store = new MemoryStore();
  await store.adoptMachine(paired(3));
  await ctrAfter(store);
  await store.forgetMachine(m);
  expect(await store.outbox(m)).toEqual([]);
  await store.adoptMachine(paired(4));
  expect(await ctrAfter(store)).toBe(2);
});

test("R9: a tab that is behind never lowers the cursor of documents", async () => {
  const store = new MemoryStore();
  await store.adoptMachine(paired(1));
  await store.saveDocuments(m, [], 5);
  await store.saveDocuments(m, [], 3);
  expect(await store.docCursor(m)).toBe(5);
});

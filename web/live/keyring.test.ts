import { expect, test } from "vitest";
import { importSecret, randomBytes } from "../../schema/index.ts";
import { newerKeyring } from "./keyring.ts";
import type { KeyringRow } from "./live-store.ts";

async function ring(rev: number, ...epochs: readonly number[]): Promise<KeyringRow> {
  const roots = await Promise.all(epochs.map(async (epoch) => [epoch, await importSecret(randomBytes(32))] as const));
  return { rev, cur: epochs.at(-1) ?? 0, epochs: roots, devices: [] };
}

test("S24 a keyring of a rev that was seen or passed changes nothing", async () => {
  const held = await ring(5, 1, 2);
  expect(newerKeyring(held, await ring(5, 1, 2, 3))).toBe(held);
  expect(newerKeyring(held, await ring(4, 1))).toBe(held);
});

test("R14 a newer keyring keeps the roots that its machine has lost, and replaces those that it names", async () => {
  const [held, offered] = [await ring(5, 1, 2, 3), await ring(6, 1, 4)];
  const kept = newerKeyring(held, offered);
  expect(kept).toMatchObject({ rev: 6, cur: 4 });
  expect(new Map(kept.epochs)).toEqual(new Map([...held.epochs, ...offered.epochs]));
  expect(kept.epochs).toHaveLength(4);
});

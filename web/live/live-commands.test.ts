import { expect, test } from "vitest";
import {
  encodePlain,
  exportPublic,
  generateSigningPair,
  hashOf,
  importSecret,
  parseFrame,
  randomBytes,
  randomId,
  sealFrame,
  type BootId,
  type Bytes,
  type DeviceId,
  type Frame,
  type MachineId,
} from "../../schema/index.ts";
import { MachineKeys } from "./keyring.ts";
import { LiveCommands } from "./live-commands.ts";
import type { MachineRow } from "./live-store.ts";
import { MemoryStore } from "./memory-store.ts";

/** Live commands of one device whose sent frames and answers a test holds in its hands. */
async function bench() {
  const [m, d] = [randomId<MachineId>(), randomId<DeviceId>()];
  const pair = await generateSigningPair(false);
  const ri = await exportPublic(pair.publicKey);
  const keys = await MachineKeys.of({
    m,
    g: 1,
    ri,
    root: await importSecret(randomBytes(32)),
  } as unknown as MachineRow);
  const pairwise = keys.generation(1);
  if (pairwise === null) throw new Error("no keys");
  const boot = randomId<BootId>();
  const sent: Bytes[] = [];
  const commands = new LiveCommands({
    ...{ store: new MemoryStore(), identity: { pair, publicKey: ri, d }, machine: { m }, keys },
    clock: { wall: () => 0, monotonic: () => 0, after: () => () => undefined },
    ...{ refresh: () => Promise.resolve(), heard: () => undefined },
    ...{ boot: () => boot, now: () => 0, send: (frame: Bytes) => void sent.push(frame) },
  });
  const answer = async (to: Bytes, boundTo: Bytes, header: { readonly d?: DeviceId; readonly g?: number } = {}) => {
    const { ctr } = (parseFrame(to) as Frame<"CMD">).header;
    const plain = { h: await hashOf(boundTo), status: "done", data: { agents: [] }, hi: ctr };
    const hdr = { m, d, g: 1, ctr, n: 1, final: 1, ...header };
    const bytes = await sealFrame("RES", hdr, pairwise.res, encodePlain("RES", plain));
    return commands.receive(parseFrame(bytes) as Frame<"RES">);
  };
  return { commands, sent, answer };
}

test("S3: a result settles the live command whose very bytes it names, and no other", async () => {
  const { commands, sent, answer } = await bench();
  const settled: string[] = [];
  const [one, two] = [commands.run("agent.probe", {}), commands.run("agent.probe", {})];
  void one.then(() => settled.push("one"));
  void two.then(() => settled.push("two"));
  await expect.poll(() => sent.length).toBe(2);
  const [first, second] = sent.toSorted((a, b) => ctrOf(a) - ctrOf(b));
  if (first === undefined || second === undefined) throw new Error("not sent");
  expect(await answer(first, second)).toBe(false);
  expect(await answer(second, first)).toBe(false);
  expect(await answer(first, first, { d: randomId<DeviceId>() })).toBe(false);
  expect(await answer(first, first, { g: 2 })).toBe(false);
  expect(settled).toEqual([]);
  expect(await answer(first, first)).toBe(true);
  await one;
  expect(settled).toEqual(["one"]);
  expect(await answer(first, first)).toBe(false);
  expect(await answer(second, second)).toBe(true);
  await two;
});

function ctrOf(bytes: Bytes): number {
  return (parseFrame(bytes) as Frame<"CMD">).header.ctr;
}

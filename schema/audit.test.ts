// The exported audit trail proves itself, and nothing that was changed in it does.
import { beforeAll, expect, it } from "vitest";
import { auditHeadText, auditLineText, verifyAudit } from "./audit.ts";
import { toB64 } from "./bytes.ts";
import { genesis, recordHash } from "./chain.ts";
import { encodePlain, sealRecordFrame } from "./codec.ts";
import { exportPublic, generateSigningPair, importSecret, machineIdOf } from "./crypto.ts";
import { isFrame, parseFrame, type Frame } from "./frames.ts";
import { MACHINE_SESSION, randomId, type DeviceId, type Hash, type MachineId, type SessionId } from "./ids.ts";
import { contentKey } from "./keys.ts";
import { randomBytes, type Bytes, type KeyPair } from "./platform.ts";

const ITEMS = [
  [{ k: "note", code: "device.paired", text: "Pixel" }],
  [{ k: "cmd", by: "desk", op: "project.add", status: "done" }],
  [{ k: "cmd", by: "desk", op: "device.revoke", status: "failed", text: "E_NOT_FOUND" }],
];
let pair: KeyPair;
let ri: Bytes;
let machine: MachineId;
let lines: string[];

async function exported(session: SessionId = MACHINE_SESSION, signer: KeyPair = pair): Promise<string[]> {
  const root = await importSecret(randomBytes(32));
  const key = await contentKey(root, machine, session);
  const head = { machine, ri: toB64(ri), exported: 1000, devices: [{ d: randomId<DeviceId>(), name: "Pixel" }] };
  const made = [auditHeadText(head)];
  let prev: Hash = await genesis(machine, session);
  for (const [index, items] of ITEMS.entries()) {
    const header = { m: machine, session, epoch: 1, seq: index + 1, time: 100 + index, prev };
    const sealed = await sealRecordFrame(header, key, encodePlain("EVT", items), signer.privateKey);
    const frame = recordOf(sealed.frame);
    prev = await recordHash(frame.hdr, frame.body);
    made.push(await auditLineText(frame, key));
  }
  return made;
}

function recordOf(bytes: Bytes): Frame<"EVT"> {
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "EVT")) throw new Error("no record");
  return frame;
}

beforeAll(async () => {
  pair = await generateSigningPair(true);
  ri = await exportPublic(pair.publicKey);
  machine = await machineIdOf(ri);
  lines = await exported();
});

const verified = async (text: readonly string[]) => verifyAudit(`${text.join("\n")}\n`, ri);
const [H, A, B, C] = [0, 1, 2, 3];
const at = (index: number): string => lines[index] ?? "";

it("proves every entry with nothing but the file and the machine's public key", async () => {
  const proven = await verified(lines);
  expect(proven.range).toMatchObject({ from: 1, to: 3 });
  expect(proven.entries.map(({ seq, at: time, item }) => [seq, time, item])).toEqual(
    ITEMS.map(([item], index) => [index + 1, 100 + index, item]),
  );
});

it("proves a part that begins later, and a record whose key the exporter did not have", async () => {
  const { key: _key, items: _items, ...rest } = JSON.parse(at(B)) as Record<string, unknown>;
  const keyless = JSON.stringify({ ...rest, items: null, key: null });
  const proven = await verified([at(H), keyless, at(C)]);
  expect([proven.range?.from, proven.entries.length, proven.unread]).toEqual([2, 1, 1]);
});

it("gives away the key of one record only", async () => {
  const swapped = JSON.stringify({ ...JSON.parse(at(B)), key: JSON.parse(at(C)).key });
  await expect(verified([at(H), at(A), swapped])).rejects.toMatchObject({ code: "E_AUTH" });
});

const changed = (index: number, change: object): string => JSON.stringify({ ...JSON.parse(at(index)), ...change });
const BROKEN: readonly (readonly [string, string, () => readonly string[]])[] = [
  ["another result", "E_SCHEMA", () => [at(H), at(A), at(B), changed(C, { items: ITEMS[1] })]],
  ["another time", "E_SCHEMA", () => [at(H), at(A), changed(B, { at: 7 })]],
  ["another place", "E_SCHEMA", () => [at(H), changed(A, { seq: 2 })]],
  ["entries struck out", "E_SCHEMA", () => [at(H), at(A), changed(B, { items: null })]],
  ["a record taken out", "E_GAP", () => [at(H), at(A), at(C)]],
  ["records in another order", "E_GAP", () => [at(H), at(B), at(A)]],
  ["another machine in the head", "E_AUTH", () => [changed(H, { machine: randomId() }), at(A)]],
  ["no head", "E_SCHEMA", () => [at(A), at(B)]],
  ["half a line", "E_SCHEMA", () => [at(H), at(A).slice(0, 200)]],
];

it.each(BROKEN)("refuses %s", async (_what, code, file) => {
  await expect(verified(file())).rejects.toMatchObject({ code });
});

it("refuses records that another key signed, or of another log, or of a second history", async () => {
  const stranger = await exported(MACHINE_SESSION, await generateSigningPair(true));
  await expect(verified(stranger)).rejects.toMatchObject({ code: "E_AUTH" });
  await expect(verified(await exported(randomId<SessionId>()))).rejects.toMatchObject({ code: "E_AUTH" });
  const second = await exported();
  await expect(verified([at(H), at(A), second[B] ?? ""])).rejects.toMatchObject({ code: "E_FORK" });
});

// Operations of the core itself: history, blobs, devices and pairing, as a device asks for them.
import { expect, it } from "vitest";
import {
  BLOB_CHUNK_BYTES,
  BLOB_READ_BYTES,
  COMMAND_BYTES,
  COMMIT_GATHER_MS,
  fromB64,
  isFrame,
  parseFrame,
  pairKeys,
  PENDING_MS,
  randomId,
  type BlobId,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { TestDevice } from "../trust/test/test-device.ts";
import { openCore, pairDevice, until } from "./test/test-core.ts";

async function fresh(digits = false) {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock, digits });
  const s = randomId<SessionId>();
  core.log.begin(s);
  return { ...core, core, clock, s };
}

it("history.get gives stored frames in pages that fit a result", async () => {
  const { pipeline, log, clock, s } = await fresh();
  for (let n = 0; n < 8; n++) {
    await log.append(s, { k: "note", code: "n", text: "x".repeat(40_000) });
    clock.advance(COMMIT_GATHER_MS);
  }
  const seqs: number[] = [];
  let from: number | undefined = 2;
  while (from !== undefined) {
    const page: { frames: string[]; next?: number | undefined } = await pipeline.desk("history.get", {
      s,
      from,
      to: 7,
    });
    expect(JSON.stringify(page.frames).length).toBeLessThanOrEqual(COMMAND_BYTES);
    for (const text of page.frames) {
      const frame = parseFrame(fromB64(text) ?? new Uint8Array(0));
      if (isFrame(frame, "EVT")) seqs.push(frame.header.seq);
    }
    from = page.next;
  }
  expect(seqs).toEqual([2, 3, 4, 5, 6, 7]);
});

it("history.get says where the log begins, and knows no session that has none", async () => {
  const { pipeline, log, db, clock, s } = await fresh();
  for (let n = 0; n < 4; n++) {
    await log.append(s, { k: "state", s: "idle" });
    clock.advance(COMMIT_GATHER_MS);
  }
  db.run("DELETE FROM rec WHERE s = ? AND q < 3", s);
  const { frames, floor, next } = await pipeline.desk("history.get", { s, from: 1, to: 200 });
  expect([frames.length, floor, next]).toEqual([2, 2, undefined]);
  const nobody = pipeline.desk("history.get", { s: randomId<SessionId>(), from: 1, to: 2 });
  await expect(nobody).rejects.toMatchObject({ code: "E_NOT_FOUND" });
});

it("blob.get gives every byte of a blob, across its chunks", async () => {
  const { pipeline, log, s } = await fresh();
  const item = { k: "note", code: "big", text: `${"0123456789".repeat(50_000)}é` } as const;
  await log.append(s, item);
  const [record] = log.read(s, 1, { maxBytes: 1, maxRecords: 1 });
  const bid = blobIdOf(record?.blobs[0] ?? new Uint8Array(0));
  const parts: Bytes[] = [];
  for (let idx = 0, more = true; more; idx++) {
    const part = await pipeline.desk("blob.get", { s, bid, idx });
    parts.push(fromB64(part.data) ?? new Uint8Array(0));
    ({ more } = part);
  }
  expect(parts.length).toBe(Math.ceil(Buffer.byteLength(JSON.stringify(item)) / BLOB_READ_BYTES));
  expect(parts.length).toBeGreaterThan(Math.ceil(BLOB_CHUNK_BYTES / BLOB_READ_BYTES));
  expect(JSON.parse(Buffer.concat(parts).toString())).toEqual(item);
  const refusals = [
    { s, bid, idx: 99 },
    { s, bid: randomId<BlobId>(), idx: 0 },
    { s: randomId<SessionId>(), bid, idx: 0 },
  ];
  for (const args of refusals) {
    await expect(pipeline.desk("blob.get", args)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  }
});

it("device.hello brings scope, a keyring that opens, the allowed operations and the policy's digest", async () => {
  const { core, clock } = await fresh();
  const device = await pairDevice(core, clock, { scope: "view" });
  await until(() => core.results.length === 2);
  const { plain } = await device.result(core.results[1] ?? new Uint8Array(0));
  expect(plain.data).toMatchObject({ scope: "view", ops: expect.arrayContaining(["history.get"]) });
  const { keyring } = Object(plain.data);
  const ring = await device.keyring(fromB64(String(keyring)) ?? new Uint8Array(0));
  expect(ring?.devices).toMatchObject([{ d: device.d, scope: "view" }]);
});

it("S5: a pending device that comes too late stays untrusted", async () => {
  const { core, clock } = await fresh();
  const device = await pairDevice(core, clock, { hello: false });
  // The wall clock alone: nothing has swept the row yet.
  clock.jump(PENDING_MS);
  await core.pipeline.receive(await device.command("device.hello", { app: "x" }, clock.now()));
  expect([core.results, core.store.get(device.d)?.state]).toEqual([[], "pending"]);
});

it("an admin device invites a second one, and the digits are typed on it", async () => {
  const { core, clock, pairing, store } = await fresh(true);
  const { S } = await core.pipeline.desk("pair.invite", { scope: "operate", shell: false });
  const secret = fromB64(S) ?? new Uint8Array(0);
  const device = await TestDevice.create(core.identity.machine, "second");
  const attempt = await device.pairBy(secret);
  const [pair2] = await pairing.receive(await attempt.pair1());
  const { frame, code } = await attempt.pair3(pair2 ?? new Uint8Array(0));
  void pairing.receive(frame);
  const { pid } = await pairKeys(secret.slice());
  await until(() => core.waiting.has(pid));
  const wrong = core.pipeline.desk("pair.accept", { pid, code: code === "000000" ? "000001" : "000000" });
  await expect(wrong).rejects.toMatchObject({ code: "E_PAIR_CODE", data: { triesLeft: 2 } });
  expect(await core.pipeline.desk("pair.accept", { pid, code })).toEqual({ d: device.d });
  await core.pipeline.receive(await device.command("device.hello", { app: "x" }, clock.now()));
  expect(store.get(device.d)).toMatchObject({ state: "active", scope: "operate" });
});

function blobIdOf(bytes: Bytes): BlobId {
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "BLOB")) throw new Error("not a BLOB");
  return frame.header.bid;
}

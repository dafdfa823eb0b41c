// Row 1: from the agent's print to a device's model, through relay, Worker and decryption, both durable writes on.
import { setTimeout as delay } from "node:timers/promises";
import {
  COMMIT_GATHER_MS,
  contentKey,
  exportPublic,
  generateSigningPair,
  importSecret,
  isFrame,
  machineIdOf,
  openFrame,
  parseFrame,
  randomBytes,
  randomId,
  recordHash,
  sealRecordFrame,
  toB64,
  verifyRecord,
  type Hash,
  type SessionId,
} from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
import { openBareServer } from "../floor.ts";
import { openLab } from "../lab.ts";
import type { Measured } from "../report.ts";
import { ageMs, nowNs, stampsIn } from "../stamped-line.ts";
import { percentile, spreadOf } from "../stats.ts";

const LINES = 100;
const BLOCKS = 4;
const EVERY_MS = 50;
const LINE_CHARS = 98;
/** What a record with one such line weighs, sealed: what the floor sends. */
const RECORD_BYTES = 450;

/** Blocks of ours and of the floor take turns, because the disk's mood changes within seconds. */
export async function line(): Promise<Measured[]> {
  const lab = await openLab();
  const floor = await openBareServer();
  try {
    const session = await lab.session("bench");
    await lab.device.watch(session);
    await floor.view(1);
    const ours: number[] = [];
    const later: number[] = [];
    const crypto: number[] = [];
    const bare: number[] = [];
    await lab.print(session, { count: 20, everyMs: EVERY_MS, size: LINE_CHARS, from: -1000 });
    await floor.write({ count: 20, everyMs: EVERY_MS, size: RECORD_BYTES });
    for (let block = 0; block < BLOCKS; block += 1) {
      const from = block * LINES;
      const seen = agesOf(lab.device, session, from, LINES);
      await lab.print(session, { count: LINES, everyMs: EVERY_MS, size: LINE_CHARS, from });
      const ages = await seen;
      ours.push(...ages);
      later.push(...ages.slice(1));
      crypto.push(...(await cryptographyMs(LINES)));
      bare.push(...(await floor.write({ count: LINES, everyMs: EVERY_MS, size: RECORD_BYTES })));
    }
    return [
      {
        ...{ row: "line", what: "agent line to a device's model, both durable writes", unit: "ms" },
        value: { ...spreadOf(ours) },
        count: ours.length,
        floor: { ...spreadOf(bare) },
        floorIs: "ws writer, server and viewer with the same two durable writes",
        atMost: { p50: 8, p99: 40 },
        atMostTimes: { p50: 1.5, p99: 1.5 },
        note:
          `p99 without the first line of each turn, which may wait ${COMMIT_GATHER_MS} ms to be committed with the turn's own ` +
          `record: ${percentile(later, 0.99).toFixed(1)}`,
      },
      {
        ...{ row: "line cryptography", what: "what one such record costs to seal, sign, hash, verify and open, alone" },
        ...{ unit: "ms", value: { ...spreadOf(crypto) }, count: crypto.length },
        note: "part of the row above and not of its floor; each step is a trip through the thread pool",
      },
    ];
  } finally {
    await floor.stop();
    await lab.stop();
  }
}

/** The same steps that the relay and a device do for each record, at the pace of the lines, with nothing around them. */
async function cryptographyMs(count: number): Promise<number[]> {
  const { privateKey, publicKey } = await generateSigningPair(false);
  const machine = await machineIdOf(await exportPublic(publicKey));
  const session = randomId<SessionId>();
  const key = await contentKey(await importSecret(randomBytes(32)), machine, session);
  const plain = randomBytes(RECORD_BYTES - 250);
  const prev = toB64(new Uint8Array(32)) as Hash;
  const times: number[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    await delay(EVERY_MS / 5);
    const startedAt = performance.now();
    const { frame: bytes } = await sealRecordFrame(
      { m: machine, session, epoch: 1, seq, time: seq, prev },
      key,
      plain,
      privateKey,
    );
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "EVT")) throw new TypeError("not a record");
    const h = await recordHash(frame.hdr, frame.body);
    const [isSigned, opened] = await Promise.all([verifyRecord(frame, h, publicKey), openFrame(frame, key)]);
    times.push(performance.now() - startedAt);
    if (!isSigned || opened === null) throw new Error("a record of its own does not open");
  }
  return times;
}

/** Ages of the lines numbered from `from`, taken at the moment the device's model first shows each. */
async function agesOf(device: Device, session: SessionId, from: number, count: number): Promise<number[]> {
  const ages = new Map<number, number>();
  await device.waitFor(() => {
    const atNs = nowNs();
    for (const entry of device.entries(session).slice(-20)) {
      if (entry.kind !== "prose") continue;
      for (const stamp of stampsIn(entry.text)) {
        if (stamp.number >= from && !ages.has(stamp.number)) ages.set(stamp.number, ageMs(stamp, atNs));
      }
    }
    return ages.size === count;
  }, 60_000);
  return [...ages.values()];
}

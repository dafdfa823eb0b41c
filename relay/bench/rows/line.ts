// Row 1: from the agent's print to a device's model, through relay, Worker and decryption, both durable writes on.
import type { SessionId } from "../../../schema/index.ts";
import type { Device } from "../../../web/test/device.ts";
import { openBareServer } from "../floor.ts";
import { openLab } from "../lab.ts";
import type { Measured } from "../report.ts";
import { ageMs, nowNs, stampsIn } from "../stamped-line.ts";
import { spreadOf } from "../stats.ts";

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
    const bare: number[] = [];
    await lab.print(session, { count: 20, everyMs: EVERY_MS, size: LINE_CHARS, from: -1000 });
    await floor.write({ count: 20, everyMs: EVERY_MS, size: RECORD_BYTES });
    for (let block = 0; block < BLOCKS; block += 1) {
      const from = block * LINES;
      const seen = agesOf(lab.device, session, from, LINES);
      await lab.print(session, { count: LINES, everyMs: EVERY_MS, size: LINE_CHARS, from });
      ours.push(...(await seen));
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
      },
    ];
  } finally {
    await floor.stop();
    await lab.stop();
  }
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

// Joins what viewers noted (a record's seq and when it came) with what the records say (when their lines were printed).
import { itemsOf } from "./record-items.ts";
import type { SessionId } from "../../schema/index.ts";
import type { Device } from "../../web/test/device.ts";
import { ageMs, stampsIn, type Stamp } from "./stamped-line.ts";
import type { Viewer } from "./viewer.ts";

/**
 * Ages of every line at every viewer; `missing` counts lines (of `lines` each should have seen) that did not come, came
 * twice, or came out of order. The device must hold the session.
 */
export async function recordAges(
  device: Device,
  session: SessionId,
  viewers: readonly Viewer[],
  lines: number,
): Promise<{ readonly ages: number[]; readonly missing: number }> {
  const stamps = await stampsBySeq(device, session, viewers);
  const ages: number[] = [];
  let missing = 0;
  for (const { arrivals } of viewers) {
    const seen: number[] = [];
    for (const { seq, atNs } of arrivals) {
      for (const stamp of stamps.get(seq) ?? []) {
        seen.push(stamp.number);
        ages.push(ageMs(stamp, atNs));
      }
    }
    const ordered = seen.filter((number, index) => index === 0 || number === (seen[index - 1] ?? 0) + 1);
    missing += Math.abs(lines - ordered.length) + (seen.length - ordered.length);
  }
  return { ages, missing };
}

async function stampsBySeq(
  device: Device,
  session: SessionId,
  viewers: readonly Viewer[],
): Promise<Map<number, readonly Stamp[]>> {
  const seqs = viewers.flatMap(({ arrivals }) => arrivals.map(({ seq }) => seq));
  const [from, to] = [seqs.reduce((a, b) => Math.min(a, b), Infinity), seqs.reduce((a, b) => Math.max(a, b), 0)];
  const items = await itemsOf(device, session, from, to);
  return new Map(items.map(({ seq, text }) => [seq, stampsIn(text)]));
}

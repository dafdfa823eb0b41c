// Row 2: one session seen through 1, 10 and 200 device sockets (25 devices of 8), and what that costs the uplink.
import type { SessionId } from "../../../schema/index.ts";
import { type Crowd, gather } from "../crowd.ts";
import { openBareHub, type Floor } from "../floor.ts";
import { openLab, type Lab } from "../lab.ts";
import { recordAges } from "../record-ages.ts";
import type { Measured } from "../report.ts";
import { median, spreadOf } from "../stats.ts";

const AUDIENCES = [1, 10, 200];
const LINES = 100;
const EVERY_MS = 50;
const BLOCKS = 3;
const LINE_CHARS = 98;

interface Stage {
  readonly lab: Lab;
  readonly floor: Floor;
  readonly session: SessionId;
  readonly crowd: Crowd;
}

/** What one audience came to. */
interface Seen {
  readonly ages: readonly number[];
  readonly floorAges: readonly number[];
  readonly missing: number;
  /** Bytes the relay sent per second of printing, and what the records in them weigh. */
  readonly uplinkBytes: number;
  readonly recordBytes: number;
}

export async function fanOut(): Promise<Measured[]> {
  const lab = await openLab();
  const floor = await openBareHub();
  let crowd: Crowd | null = null;
  try {
    const session = await lab.session("bench");
    await lab.device.watch(session);
    crowd = gather(lab, session);
    const rows: Measured[] = [];
    let alone = 0;
    for (const audience of AUDIENCES) {
      const seen = await audienceOf({ lab, floor, session, crowd }, audience);
      if (audience === 1) alone = seen.uplinkBytes;
      rows.push(...asRows(audience, seen, alone));
    }
    return rows;
  } finally {
    crowd?.close();
    await floor.stop();
    await lab.stop();
  }
}

function asRows(
  audience: number,
  { ages, floorAges, missing, uplinkBytes, recordBytes }: Seen,
  alone: number,
): Measured[] {
  return [
    {
      ...{ row: `fan-out ${audience}`, what: `agent line to each of ${audience} device sockets`, unit: "ms" },
      value: { ...spreadOf(ages), missing },
      count: ages.length,
      floor: { ...spreadOf(floorAges) },
      floorIs: "a bare Durable Object that inserts and fans out, behind a writer that commits",
      atMost: { missing: 0 },
      atMostTimes: { p99: 1.5 },
    },
    {
      ...{ row: `uplink ${audience}`, what: `bytes the relay sends while ${audience} sockets watch`, unit: "kB" },
      value: { sent: uplinkBytes / 1000 },
      floor: { sent: alone / 1000 },
      floorIs: "the same with one socket",
      atMostTimes: { sent: 1.1 },
      note: `the records in it weigh ${Math.round(recordBytes / 1000)} kB`,
    },
  ];
}

async function audienceOf({ lab, floor, session, crowd }: Stage, audience: number): Promise<Seen> {
  const { viewers } = crowd;
  await crowd.grow(audience, lastSeq(lab, session));
  await floor.view(audience);
  await lab.print(session, { count: 20, everyMs: EVERY_MS, size: LINE_CHARS, from: -1000 });
  const ages: number[] = [];
  const floorAges: number[] = [];
  const uplinks: number[] = [];
  let [missing, recordBytes] = [0, 0];
  for (let block = 0; block < BLOCKS; block += 1) {
    const before = await lab.uplinkBytes();
    for (const viewer of viewers) viewer.arrivals.length = 0;
    await lab.print(session, { count: LINES, everyMs: EVERY_MS, size: LINE_CHARS, from: block * LINES });
    uplinks.push((await lab.uplinkBytes()) - before);
    await Promise.all(viewers.map((viewer) => viewer.reaches(lastSeq(lab, session))));
    const { ages: own, missing: lost } = await recordAges(lab.device, session, viewers, LINES);
    ages.push(...own);
    missing += lost;
    recordBytes = viewers[0]?.arrivals.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
    const size = Math.round(recordBytes / Math.max(1, viewers[0]?.arrivals.length ?? 1));
    floorAges.push(...(await floor.write({ count: LINES, everyMs: EVERY_MS, size })));
  }
  return { ages, floorAges, missing, uplinkBytes: median(uplinks), recordBytes };
}

function lastSeq(lab: Lab, session: SessionId): number {
  return lab.device.core.machine(lab.machine)?.log(session)?.newest?.to ?? 0;
}

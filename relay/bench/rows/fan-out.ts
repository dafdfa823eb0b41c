// Row 2: one session seen through 1, 10 and 200 device sockets (25 devices of 8), and what that costs the uplink.
import type { SessionId } from "../../../schema/index.ts";
import { type Crowd, gather } from "../crowd.ts";
import { openBareHub, type Floor } from "../floor.ts";
import { openLab, type Lab, type Uplink } from "../lab.ts";
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
  /** What the relay sent while a block was printed, the one in the middle. */
  readonly uplink: Uplink;
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
      if (audience === 1) alone = seen.uplink.bytes;
      rows.push(...asRows(audience, seen, alone));
    }
    return rows;
  } finally {
    crowd?.close();
    await floor.stop();
    await lab.stop();
  }
}

function asRows(audience: number, { ages, floorAges, missing, uplink }: Seen, alone: number): Measured[] {
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
      value: { sent: uplink.bytes / 1000 },
      floor: { sent: alone / 1000 },
      floorIs: "the same with one socket",
      atMostTimes: { sent: 1.1 },
      note: `in it, kB: ${kindsOf(uplink)}`,
    },
  ];
}

/** Heaviest first. */
function kindsOf({ kinds }: Uplink): string {
  const heaviest = Object.entries(kinds).toSorted(([, a], [, b]) => b - a);
  return heaviest.map(([kind, bytes]) => `${kind} ${(bytes / 1000).toFixed(1)}`).join(", ");
}

function sentBetween(before: Uplink, after: Uplink): Uplink {
  const kinds = Object.entries(after.kinds).map(([kind, bytes]) => [kind, bytes - (before.kinds[kind] ?? 0)] as const);
  return { bytes: after.bytes - before.bytes, kinds: Object.fromEntries(kinds.filter(([, bytes]) => bytes > 0)) };
}

async function audienceOf({ lab, floor, session, crowd }: Stage, audience: number): Promise<Seen> {
  const { viewers } = crowd;
  await crowd.grow(audience, lastSeq(lab, session));
  await floor.view(audience);
  await lab.print(session, { count: 20, everyMs: EVERY_MS, size: LINE_CHARS, from: -1000 });
  const ages: number[] = [];
  const floorAges: number[] = [];
  const uplinks: Uplink[] = [];
  let missing = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const before = await lab.uplink();
    for (const viewer of viewers) viewer.arrivals.length = 0;
    await lab.print(session, { count: LINES, everyMs: EVERY_MS, size: LINE_CHARS, from: block * LINES });
    uplinks.push(sentBetween(before, await lab.uplink()));
    await Promise.all(viewers.map((viewer) => viewer.reaches(lastSeq(lab, session))));
    const { ages: own, missing: lost } = await recordAges(lab.device, session, viewers, LINES);
    ages.push(...own);
    missing += lost;
    const recordBytes = viewers[0]?.arrivals.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
    const size = Math.round(recordBytes / Math.max(1, viewers[0]?.arrivals.length ?? 1));
    floorAges.push(...(await floor.write({ count: LINES, everyMs: EVERY_MS, size })));
  }
  const middle = median(uplinks.map(({ bytes }) => bytes));
  const uplink = uplinks.find(({ bytes }) => bytes === middle) ?? { bytes: middle, kinds: {} };
  return { ages, floorAges, missing, uplink };
}

function lastSeq(lab: Lab, session: SessionId): number {
  return lab.device.core.machine(lab.machine)?.log(session)?.newest?.to ?? 0;
}

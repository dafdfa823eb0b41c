// Row 4: one device stops reading while megabytes pass: what relay and workerd keep, and what the others notice.
import type { SessionId } from "../../../schema/index.ts";
import { openLab, type Lab } from "../lab.ts";
import { residentMib } from "../process-facts.ts";
import { recordAges } from "../record-ages.ts";
import type { Measured } from "../report.ts";
import { spreadOf } from "../stats.ts";
import { Viewer } from "../viewer.ts";

/** Large enough to fill a record each; small enough to be no blob. */
const LINE_CHARS = 40_000;
const EVERY_MS = 10;
const OTHERS = 4;
const LOOK_EVERY_MS = 250;

interface Pass {
  readonly ages: number[];
  readonly missing: number;
  readonly relayMib: number;
  readonly workerdMib: number;
}

/**
 * The same flood three times: with everybody reading, which is the floor; then with one that does not; then without that
 * one, because whoever measures slows down as well: the floor of the ages is the lower of before and after. One more to
 * begin with: workerd's memory grows until as much has passed, whoever reads.
 */
export async function stalled({ megabytes }: { readonly megabytes: number }): Promise<Measured[]> {
  const lab = await openLab();
  const viewers: Viewer[] = [];
  try {
    const session = await lab.session("bench");
    await lab.device.watch(session);
    for (let index = 0; index <= OTHERS; index += 1) {
      const viewer = new Viewer({ device: lab.device, machine: lab.machine, session, after: 0 });
      await viewer.open();
      viewers.push(viewer);
    }
    const [sleeper, ...others] = viewers;
    const count = Math.ceil((megabytes * 1e6) / LINE_CHARS);
    await pass(lab, session, { others, count, from: 0 });
    const awake = await pass(lab, session, { others, count, from: count });
    sleeper?.stall();
    const asleep = await pass(lab, session, { others, count, from: 2 * count });
    sleeper?.close();
    const after = await pass(lab, session, { others, count, from: 3 * count });
    const [before, then] = [spreadOf(awake.ages), spreadOf(after.ages)];
    return [
      {
        ...{ row: "stalled memory", what: `peak memory while ${megabytes} MB pass a stalled device`, unit: "MiB" },
        value: { relay: asleep.relayMib, workerd: asleep.workerdMib, grown: totalOf(asleep) - totalOf(awake) },
        floor: { relay: awake.relayMib, workerd: awake.workerdMib },
        floorIs: "the same flood with nobody stalled",
        atMost: { grown: 16 },
      },
      {
        ...{ row: "stalled others", what: `record age at ${OTHERS} other sockets meanwhile`, unit: "ms" },
        value: { ...spreadOf(asleep.ages), missing: asleep.missing },
        count: asleep.ages.length,
        floor: { p50: Math.min(before.p50, then.p50), p99: Math.min(before.p99, then.p99) },
        floorIs: "the same flood with nobody stalled, the lower of before and after",
        atMost: { missing: 0 },
        atMostTimes: { p99: 1.1 },
        note: `p99 with nobody stalled: ${before.p99.toFixed(1)} before, ${then.p99.toFixed(1)} after`,
      },
    ];
  } finally {
    for (const viewer of viewers) viewer.close();
    await lab.stop();
  }
}

function totalOf({ relayMib, workerdMib }: Pass): number {
  return relayMib + workerdMib;
}

async function pass(
  lab: Lab,
  session: SessionId,
  { others, count, from }: { readonly others: readonly Viewer[]; readonly count: number; readonly from: number },
): Promise<Pass> {
  for (const viewer of others) viewer.arrivals.length = 0;
  let [relayMib, workerdMib] = [0, 0];
  const workerdPid = lab.workerdPid();
  const watch = setInterval(() => {
    relayMib = Math.max(relayMib, residentMib(lab.relayPid));
    workerdMib = Math.max(workerdMib, residentMib(workerdPid));
  }, LOOK_EVERY_MS);
  try {
    await lab.print(session, { count, everyMs: EVERY_MS, size: LINE_CHARS, from });
  } finally {
    clearInterval(watch);
  }
  const head = lab.device.core.machine(lab.machine)?.log(session)?.newest?.to ?? 0;
  await Promise.all(others.map((viewer) => viewer.reaches(head)));
  return { ...(await recordAges(lab.device, session, others, count)), relayMib, workerdMib };
}

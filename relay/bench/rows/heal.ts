// The Worker restarts under 200 device sockets: how soon each knows its machine live again, and how hard it tried (R16).
import { type Crowd, gather } from "../crowd.ts";
import { bareHeal, type Restart } from "../bare-heal.ts";
import { openLab, type Lab } from "../lab.ts";
import type { Measured } from "../report.ts";
import { busiestWindow, spreadOf } from "../stats.ts";

const WINDOW_MS = 5_000;

export async function heal({ sockets }: { readonly sockets: number }): Promise<Measured[]> {
  const lab = await openLab();
  let crowd: Crowd | null = null;
  try {
    const session = await lab.session("demo");
    crowd = gather(lab, session, { proves: true });
    await crowd.grow(sockets);
    await Promise.all(crowd.viewers.map((viewer) => viewer.becomesLive(1)));
    const killed = await healing(lab, crowd, "killed");
    const restarted = await healing(lab, crowd, "restarted");
    return [
      ...asRows("killed", killed, await bareHeal(sockets, "killed")),
      ...asRows("restarted", restarted, await bareHeal(sockets, "restarted")),
    ];
  } finally {
    crowd?.close();
    await lab.stop();
  }
}

interface Healing {
  readonly timesMs: readonly number[];
  /** The most attempts that one socket made within any 5 s. */
  readonly attempts: number;
}

async function healing(lab: Lab, { viewers }: Crowd, how: Restart): Promise<Healing> {
  const before = viewers.map(({ liveAt }) => liveAt.length);
  for (const { attemptsAt } of viewers) attemptsAt.length = 0;
  const startedAt = performance.now();
  // The embedded process ends by itself when it is asked to, and kelpie up starts another.
  if (how === "killed") signal(lab.workerdPid(), "SIGKILL");
  else signal(lab.embeddedPid(), "SIGTERM");
  await Promise.all(viewers.map((viewer, index) => viewer.becomesLive((before[index] ?? 0) + 1)));
  return {
    timesMs: viewers.map(({ liveAt }) => (liveAt.at(-1) ?? Number.NaN) - startedAt),
    attempts: Math.max(...viewers.map(({ attemptsAt }) => busiestWindow(attemptsAt, WINDOW_MS))),
  };
}

function asRows(how: Restart, { timesMs, attempts }: Healing, floorMs: readonly number[]): Measured[] {
  const words = how === "killed" ? "workerd is killed" : "the Worker's process ends and is started again";
  return [
    {
      ...{ row: `heal ${how}`, what: `${words}: until a device's socket knows its machine live again`, unit: "ms" },
      value: { ...spreadOf(timesMs), last: Math.max(...timesMs) },
      count: timesMs.length,
      floor: { ...spreadOf(floorMs), last: Math.max(...floorMs) },
      floorIs: "a bare hub that ends in the same way, its bare sockets open again, each dialling anew at once",
      atMost: { p99: 8_000, last: 35_000 },
    },
    {
      ...{ row: `heal ${how} tries`, what: `${words}: how often the most eager socket dials`, unit: "in 5 s" },
      value: { tries: attempts },
      count: timesMs.length,
      atMost: { tries: 2 },
    },
  ];
}

/** Process 0 is our own whole group. */
function signal(pid: number, name: NodeJS.Signals): void {
  if (pid === 0) throw new Error("the Worker does not run");
  process.kill(pid, name);
}

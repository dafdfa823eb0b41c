// Row 6: a relay with one session open and one device looking on, and nothing happening.
import { setTimeout as delay } from "node:timers/promises";
import { openLab } from "../lab.ts";
import { childrenOf, processorMs, residentMib } from "../process-facts.ts";
import type { Measured } from "../report.ts";

const SETTLE_MS = 5_000;
const LOOK_MS = 20_000;

export async function idle(): Promise<Measured[]> {
  const lab = await openLab();
  try {
    const session = await lab.session("demo");
    await lab.device.watch(session);
    await delay(SETTLE_MS);
    const watched = await processorShare(lab.relayPid, LOOK_MS);
    const [hostPid = 0] = childrenOf(lab.relayPid, "sessions/host");
    const memory = { relay: residentMib(lab.relayPid), host: residentMib(hostPid) };
    const around = { embedded: residentMib(lab.embeddedPid()), workerd: residentMib(lab.workerdPid()) };
    lab.device.stop();
    await delay(SETTLE_MS);
    const alone = await processorShare(lab.relayPid, LOOK_MS);
    return [
      {
        ...{ row: "idle memory", what: "resident memory with one session", unit: "MiB" },
        value: { ...memory, ...around },
        atMost: { relay: 100 },
        note: "host: the process of its own that each session's agent runs under; the embedded Worker's two processes are for information: a deployed one runs elsewhere",
      },
      {
        ...{ row: "idle cpu", what: `the relay's share of a core over ${LOOK_MS / 1000} s`, unit: "%" },
        value: { alone, watched },
        atMost: { alone: 0.1 },
        note: "watched: a device is open and gets a signed sign of life every 15 s",
      },
    ];
  } finally {
    await lab.stop();
  }
}

async function processorShare(pid: number, forMs: number): Promise<number> {
  const before = processorMs(pid);
  await delay(forMs);
  return (100 * (processorMs(pid) - before)) / forMs;
}

// What a hub keeps for each of many sockets that do not read while megabytes pass: at most what may be under way to each
// (its window), and no more however much passes (R10).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { type SessionId, WINDOW_BYTES } from "../../../schema/index.ts";
import { type Crowd, gather } from "../crowd.ts";
import { startBareHub } from "../floor.ts";
import { openLab, type Lab } from "../lab.ts";
import { residentMib } from "../process-facts.ts";
import type { Measured } from "../report.ts";

const MEGABYTES = 20;
/** As in rows/stalled.ts. */
const LINE_CHARS = 40_000;
const EVERY_MS = 5;
const LINES = Math.ceil((MEGABYTES * 1e6) / LINE_CHARS);
const LOOK_EVERY_MS = 250;
/** A bare hub keeps all of it for each: five are enough to see that, and two hundred would be 4 GB. */
const BARE_SOCKETS = 5;
const WINDOW_KIB = WINDOW_BYTES / 1024;
/** As much passes once more: a socket that keeps nothing of it stays below twice its attachment, which is 8 KiB at most. */
const FLAT_KIB = 16;

export async function stalledSockets({ sockets }: { readonly sockets: number }): Promise<Measured[]> {
  const lab = await openLab();
  let crowd: Crowd | null = null;
  try {
    const session = await lab.session("bench");
    await lab.device.watch(session);
    crowd = gather(lab, session);
    const few = { one: 1, some: Math.ceil(sockets / 4), all: sockets };
    // Two to warm up: workerd grows until as much has passed, whoever reads.
    let from = 0;
    const next = async (): Promise<number> => peakWhile(lab.workerdPid(), () => print(lab, session, (from += LINES)));
    await next();
    await next();
    const peaks: number[] = [];
    for (const count of Object.values(few)) {
      await stallUpTo(crowd, count, lab, session);
      peaks.push(await next());
    }
    const again = await next();
    const [one = 0, some = 0, all = 0] = peaks;
    return [
      {
        ...{ row: "stalled sockets", what: `workerd's peak while ${MEGABYTES} MB pass sockets that do not read` },
        ...{ unit: "MiB", value: { [`${few.one}`]: one, [`${few.some}`]: some, [`${few.all}`]: all, again } },
        note: `again: as much once more, with ${few.all} stalled`,
      },
      {
        ...{ row: "stalled socket", what: `memory of one more such socket, from 1 to ${sockets}`, unit: "KiB" },
        value: { "per socket": (1024 * (all - one)) / (few.all - few.one), again: (1024 * (again - all)) / few.all },
        floor: { "per socket": await bareKibPerSocket() },
        floorIs: `a bare hub that sends to every socket at once, ${BARE_SOCKETS} of them`,
        atMost: { "per socket": 2 * WINDOW_KIB, again: FLAT_KIB },
        note: `again: what each adds when as much passes once more; up to ${WINDOW_KIB} KiB may be under way to each`,
      },
    ];
  } finally {
    crowd?.close();
    await lab.stop();
  }
}

async function stallUpTo(crowd: Crowd, count: number, lab: Lab, session: SessionId): Promise<void> {
  const before = crowd.viewers.length;
  await crowd.grow(count, lab.device.core.machine(lab.machine)?.log(session)?.newest?.to ?? 0);
  for (const viewer of crowd.viewers.slice(before)) viewer.stall();
}

function print(lab: Lab, session: SessionId, from: number): Promise<void> {
  return lab.print(session, { count: LINES, everyMs: EVERY_MS, size: LINE_CHARS, from });
}

/** Resident memory at its highest, MiB. */
async function peakWhile(pid: number, work: () => Promise<void>): Promise<number> {
  let peakMib = residentMib(pid);
  const look = (): void => void (peakMib = Math.max(peakMib, residentMib(pid)));
  const watch = setInterval(look, LOOK_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  look();
  return peakMib;
}

async function bareKibPerSocket(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "kelpie-floor-"));
  const hub = await startBareHub(folder);
  const url = hub.url.replace(/^http/, "ws");
  const sockets: WebSocket[] = [];
  const opened = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(url + path, { perMessageDeflate: false });
    sockets.push(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return socket;
  };
  try {
    const writer = await opened("/writer");
    const reader = await opened("/viewer");
    const flood = (): Promise<number> => peakWhile(hub.workerdPid(), () => write(writer, reader));
    await flood();
    const before = await flood();
    for (let index = 0; index < BARE_SOCKETS; index += 1) (await opened("/viewer")).pause();
    return (1024 * ((await flood()) - before)) / BARE_SOCKETS;
  } finally {
    for (const socket of sockets) socket.terminate();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** At the reader's pace, as an agent's lines come. */
async function write(writer: WebSocket, reader: WebSocket): Promise<void> {
  const line = Buffer.alloc(LINE_CHARS, "k");
  for (let index = 0; index < LINES; index += 1) {
    const arrived = new Promise((resolve) => reader.once("message", resolve));
    writer.send(line);
    await arrived;
  }
}

// Row 3: a device that was away while lines were printed: what it gets, how soon, and that it gets each line once.
import WebSocket from "ws";
import type { SessionId } from "../../../schema/index.ts";
import { MemoryStore } from "../../../web/live/memory-store.ts";
import type { Dial } from "../../../web/live/ports.ts";
import { dialWith } from "../../../web/live/socket.ts";
import { createDevice, type Device } from "../../../web/test/device.ts";
import { openLab, type Lab } from "../lab.ts";
import { itemsOf } from "../record-items.ts";
import type { Measured } from "../report.ts";
import { stampsIn } from "../stamped-line.ts";
import { Viewer } from "../viewer.ts";

const LINE_CHARS = 98;
const SEEN_FIRST = 100;

/** One case: so many lines while away, and between them. */
interface Away {
  readonly lines: number;
  readonly everyMs: number;
}

/** As fast as an agent can print, packed by the relay; and one record for each line, which only patience makes. */
const CASES: Readonly<Record<string, Away>> = {
  "return 5000": { lines: 5_000, everyMs: 0.5 },
  "return 50000": { lines: 50_000, everyMs: 0.05 },
  "return 2000 records": { lines: 2_000, everyMs: 20 },
};

export async function comeBack(): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const [row, away] of Object.entries(CASES)) {
    const lab = await openLab();
    try {
      rows.push(...(await one(lab, row, away)));
    } finally {
      await lab.stop();
    }
  }
  return rows;
}

async function one(lab: Lab, row: string, { lines, everyMs }: Away): Promise<Measured[]> {
  const store = new MemoryStore();
  const phone = await lab.invite("Phone", { store });
  const session = await lab.session("bench");
  await phone.watch(session);
  await lab.device.watch(session);
  await lab.print(session, { count: SEEN_FIRST, everyMs: 5, size: LINE_CHARS, from: 0 });
  await phone.waitFor(() => shows(phone, session, SEEN_FIRST - 1));
  phone.stop();
  await itemsOf(phone, session, 1, 1);
  const held = (await store.log(lab.machine, session))?.runs.at(-1)?.to ?? 0;
  const witness = new Viewer({ device: lab.device, machine: lab.machine, session, after: held });
  await witness.open();
  const last = SEEN_FIRST + lines - 1;
  await lab.print(session, { count: lines, everyMs, size: LINE_CHARS, from: SEEN_FIRST });
  await lab.device.waitFor(() => shows(lab.device, session, last), 120_000);
  const head = lab.device.core.machine(lab.machine)?.log(session)?.newest?.to ?? 0;
  await witness.reaches(head);
  witness.close();
  lab.device.stop();
  const missingBytes = witness.arrivals.reduce((sum, { bytes }) => sum + bytes, 0);
  const back = await measureReturn(lab, store, session, { head, last });
  return asRows(row, {
    lines,
    records: head - held,
    missingBytes,
    back,
    counted: await count(back.phone, session, head, last),
  });
}

interface Back {
  readonly phone: Device;
  readonly firstMs: number;
  readonly allMs: number;
  readonly bytes: number;
}

/** Opens the same device over the same store, on the open session, as a reload does. */
async function measureReturn(
  lab: Lab,
  store: MemoryStore,
  session: SessionId,
  { head, last }: { readonly head: number; readonly last: number },
): Promise<Back> {
  const meter = { bytes: 0 };
  const startedAt = performance.now();
  const phone = await createDevice({ origin: lab.origin, store, dial: metered(lab.origin, meter) });
  await phone.watch(session);
  await phone.waitFor(() => shows(phone, session, last));
  const firstMs = performance.now() - startedAt;
  const runs = () => phone.core.machine(lab.machine)?.log(session)?.runs ?? [];
  await phone.waitFor(() => runs().length === 1 && runs()[0]?.to === head, 120_000);
  const allMs = performance.now() - startedAt;
  phone.stop();
  return { phone, firstMs, allMs, bytes: meter.bytes };
}

/** How many lines are lost, and how many are there more than once. */
async function count(
  phone: Device,
  session: SessionId,
  head: number,
  last: number,
): Promise<{ lost: number; twice: number }> {
  const times = new Map<number, number>();
  for (const { text } of await itemsOf(phone, session, 1, head)) {
    for (const { number } of stampsIn(text)) times.set(number, (times.get(number) ?? 0) + 1);
  }
  let [lost, twice] = [0, 0];
  for (let number = 0; number <= last; number += 1) {
    const seen = times.get(number) ?? 0;
    if (seen === 0) lost += 1;
    if (seen > 1) twice += 1;
  }
  return { lost, twice };
}

interface Facts {
  readonly lines: number;
  readonly records: number;
  readonly missingBytes: number;
  readonly back: Back;
  readonly counted: { readonly lost: number; readonly twice: number };
}

function asRows(row: string, { lines, records, missingBytes, back, counted }: Facts): Measured[] {
  const what = `back after ${lines} missed lines`;
  return [
    {
      ...{ row, what: `${what}: from start to the newest line, and to the last of all`, unit: "ms" },
      value: { first: back.firstMs, all: back.allMs, ...counted },
      atMost: { first: 150, all: 1000, lost: 0, twice: 0 },
      note: `${records} records`,
    },
    {
      ...{ row: `${row} bytes`, what: `${what}: bytes received`, unit: "kB" },
      value: { received: back.bytes / 1000 },
      floor: { received: missingBytes / 1000 },
      floorIs: "the missing records as sealed",
      atMostTimes: { received: 1.02 },
    },
  ];
}

function shows(device: Device, session: SessionId, line: number): boolean {
  const tail = device.entries(session).slice(-4);
  return tail.some((entry) => entry.kind === "prose" && stampsIn(entry.text).some(({ number }) => number === line));
}

/** A browser's socket that counts what it receives. */
function metered(origin: string, meter: { bytes: number }): Dial {
  return dialWith((url, protocols) => {
    const socket = new WebSocket(url, protocols, { origin, perMessageDeflate: false });
    socket.on("message", (data: ArrayBuffer) => (meter.bytes += data.byteLength));
    return socket;
  });
}

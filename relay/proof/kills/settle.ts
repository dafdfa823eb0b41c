// After the faults stop: everything must come to rest by itself, within a time, and the phone must show all of it.
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { integerOf, textOf } from "../../journal/row.ts";
import type { Product } from "../../house/product.ts";
import type { Phone } from "./phone.ts";
import type { Workload } from "./workload.ts";

const SETTLE_MS = 40_000;
const LOOK_EVERY_MS = 25;
/** An interrupted session with prompts in its queue is let go on by the person, who looks now and then. */
const RESUME_EVERY_MS = 3_000;
/** A hub subscription has room for 64; the phone opens the newest. */
const WATCHED = 12;

/** Sentences about what does not come to rest. */
export async function settle(product: Product, phone: Phone, workload: Workload): Promise<string[]> {
  const giveUpAt = performance.now() + SETTLE_MS;
  let resumedAt = 0;
  let open = ["never looked"];
  while (performance.now() < giveUpAt) {
    await phone.tend();
    if (performance.now() - resumedAt > RESUME_EVERY_MS) {
      resumedAt = performance.now();
      await resumeQueues(phone);
    }
    open = await unsettled(product, phone, workload);
    if (open.length === 0) return [];
    await new Promise((resolve) => void setTimeout(resolve, LOOK_EVERY_MS));
  }
  return open.map((what) => `does not come to rest: ${what}`);
}

async function resumeQueues(phone: Phone): Promise<void> {
  const { calls, machine } = phone.device;
  for (const { session, queued, state } of phone.device.view().sessions) {
    if (queued > 0 && state !== "running" && state !== "waiting") await calls.resumeSession(machine, session);
  }
}

async function unsettled(product: Product, phone: Phone, workload: Workload): Promise<string[]> {
  const view = phone.device.view();
  const open = [
    ...(view.live === "live" ? [] : [`the phone is ${view.live}`]),
    ...(view.alarm === null ? [] : [`the phone alarms: ${view.alarm}`]),
    ...view.outbox.map(({ op, delivery, command }) => `command ${command.ctr} ${op} is ${delivery}`),
    ...(await phone.open()).map((ctr) => `command ${ctr} has no last word`),
    ...view.waits.map(({ session, wid }) => `wait ${wid} of ${session} is open`),
    ...view.sessions.flatMap(({ session, state, queued }) => {
      const isResting = state === "idle" || state === "ended" || state === "interrupted";
      return isResting && queued === 0 ? [] : [`${session} is ${state} with ${queued} prompts in its queue`];
    }),
  ];
  if (open.length > 0) return open;
  const heads = headsOf(product.stateDir);
  for (const session of workload.sessions().slice(0, WATCHED)) {
    await phone.device.watch(session);
    const [has, wants] = [await phone.reach(session), heads.get(session) ?? 0];
    if (has !== wants) open.push(`the phone shows ${session} up to ${has} of ${wants}`);
  }
  return open;
}

/** The relay's newest numbers, read beside it. */
function headsOf(stateDir: string): ReadonlyMap<string, number> {
  const sqlite = new DatabaseSync(join(stateDir, "relay.db"), { readOnly: true, timeout: 2_000 });
  try {
    const rows = sqlite.prepare("SELECT s, max(q) AS q FROM rec GROUP BY s").all();
    return new Map(rows.map((row) => [textOf(row, "s"), integerOf(row, "q")]));
  } finally {
    sqlite.close();
  }
}

// What a device holds of a session, as text to look for stamps in.
import type { SessionId } from "../../schema/index.ts";
import type { Device } from "../../web/test/device.ts";

export interface RecordText {
  readonly seq: number;
  readonly text: string;
  /** Sealed. */
  readonly bytes: number;
}

/** The records from..to of the device's own store, in order, their items as JSON; waits until the newest is stored. */
export async function itemsOf(device: Device, session: SessionId, from: number, to: number): Promise<RecordText[]> {
  const newest = async () => (await device.store.log(device.machine, session))?.runs.at(-1)?.to ?? 0;
  while ((await newest()) < to) await new Promise((resolve) => setTimeout(resolve, 10));
  const rows = await device.store.records(device.machine, session, from, to);
  return rows.map(({ seq, items, bytes }) => ({ seq, text: JSON.stringify(items), bytes }));
}

// The audit entries of a core's machine log, read from the signed records themselves.
import {
  decodePlain,
  isFrame,
  knownItemOf,
  MACHINE_SESSION,
  openFrame,
  parseFrame,
  recordPlain,
  type ItemOf,
} from "../../../schema/index.ts";
import type { Core } from "./test-core.ts";

/** Every `cmd` item of the machine's own log, oldest first; what is gathered is committed before. */
export async function auditOf(core: Pick<Core, "log" | "epochs">): Promise<ItemOf<"cmd">[]> {
  await core.log.flush();
  const found: ItemOf<"cmd">[] = [];
  for (const { frame } of core.log.read(MACHINE_SESSION, 1, { maxBytes: 1e7, maxRecords: 10_000 })) {
    const parsed = parseFrame(frame);
    if (!isFrame(parsed, "EVT")) throw new Error("the log holds another frame");
    const plain = await openFrame(parsed, await core.epochs.key(parsed.header.epoch, MACHINE_SESSION));
    if (plain === null) throw new Error("a record does not open");
    for (const item of decodePlain("EVT", plain, recordPlain).map(knownItemOf)) if (item?.k === "cmd") found.push(item);
  }
  return found;
}

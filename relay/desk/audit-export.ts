// The audit trail for somebody who trusts nobody: the machine's own log as lines that prove themselves (schema/audit.ts).
import { auditHeadText, auditLineText, isFrame, MACHINE_SESSION, parseFrame, toB64 } from "../../schema/index.ts";
import type { SessionLog } from "../journal/ports.ts";
import type { Devices, Epochs, Identity } from "../trust/ports.ts";

/** What an export reads. */
export interface AuditSources {
  readonly identity: Pick<Identity, "machine" | "riPublic">;
  readonly log: Pick<SessionLog, "read" | "flush">;
  readonly devices: Pick<Devices, "list">;
  readonly epochs: Pick<Epochs, "key">;
}

const PAGE = { maxBytes: 1024 * 1024, maxRecords: 256 };

/** The head, then every record from the first at or after `since` on (epoch ms; 0 = all), in the order of the log. */
export async function* auditLines(
  { identity, log, devices, epochs }: AuditSources,
  { since, now }: { readonly since: number; readonly now: number },
): AsyncGenerator<string> {
  const { machine, riPublic } = identity;
  // What was decided a moment ago is part of it.
  await log.flush();
  const names = devices.list().map(({ d, name }) => ({ d, name }));
  yield auditHeadText({ machine, ri: toB64(riPublic), exported: now, devices: names });
  let isReached = false;
  for (let next = 1; ;) {
    const records = log.read(MACHINE_SESSION, next, PAGE);
    if (records.length === 0) return;
    for (const { seq, frame: bytes } of records) {
      next = seq + 1;
      const frame = parseFrame(bytes);
      if (!isFrame(frame, "EVT")) throw new Error("the journal holds a frame that is no record");
      isReached ||= frame.header.time >= since;
      if (isReached) yield auditLineText(frame, await epochs.key(frame.header.epoch, MACHINE_SESSION));
    }
  }
}

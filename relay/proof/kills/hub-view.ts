// The Worker's database as it lies on the disk, read from a copy while no Worker runs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  isFrame,
  parseFrame,
  recordHash,
  sessionId,
  type Bytes,
  type Hash,
  type SessionId,
} from "../../../schema/index.ts";
import { bytesOf, integerOf, textOf } from "../../journal/row.ts";
import { readCopy } from "./journal-view.ts";

/** One record as the Worker stored it, and so acknowledged it. */
export interface StoredRecord {
  readonly session: SessionId;
  readonly seq: number;
  readonly h: Hash;
  readonly frame: Bytes;
}

/** What the hub holds: its records, and how many commands wait in its queue. */
export interface HubView {
  readonly records: readonly StoredRecord[];
  readonly queued: number;
}

/** Reads it; nothing when there was no Worker yet. */
export async function readHub(stateDir: string): Promise<HubView> {
  const folder = join(stateDir, "worker", "do", "kelpie-Hub");
  const name = existsSync(folder) ? readdirSync(folder).find((each) => /^[0-9a-f]{64}\.sqlite$/.test(each)) : undefined;
  if (name === undefined) return { records: [], queued: 0 };
  const { rows, queued } = readCopy(join(folder, name), (all) => {
    const hasTables = all("SELECT 1 FROM sqlite_master WHERE name = 'rec'").length > 0;
    if (!hasTables) return { rows: [], queued: 0 };
    return {
      rows: all("SELECT s, q, frame FROM rec ORDER BY s, q"),
      queued: integerOf(all("SELECT count(*) AS n FROM q")[0] ?? {}, "n"),
    };
  });
  const records: StoredRecord[] = [];
  for (const row of rows) {
    const bytes = bytesOf(row, "frame");
    const frame = parseFrame(bytes);
    if (!isFrame(frame, "EVT")) throw new Error("the hub holds a frame that is no record");
    const h = await recordHash(frame.hdr, frame.body);
    records.push({ session: sessionId.parse(textOf(row, "s")), seq: integerOf(row, "q"), h, frame: bytes });
  }
  return { records, queued };
}

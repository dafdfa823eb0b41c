import { describe, expect, test } from "vitest";
import { IN_FLIGHT_FRAMES, randomId, type Bytes, type Hash, type SessionId } from "../../schema/index.ts";
import type { SessionLog, StoredRecord } from "../journal/ports.ts";
import { Uplink } from "./uplink.ts";

/** The two methods of the log that an uplink uses, over plain arrays: frame bytes are [seq]. */
function logOf(lengths: Map<SessionId, number>, recordBytes = 100, blobs = 0): SessionLog {
  const read: SessionLog["read"] = (session, from, { maxBytes, maxRecords }) => {
    const records: StoredRecord[] = [];
    let size = 0;
    for (let seq = from; seq <= (lengths.get(session) ?? 0) && records.length < maxRecords; seq++) {
      if (records.length > 0 && size + recordBytes > maxBytes) break;
      size += recordBytes;
      records.push({
        session,
        seq,
        blobs: Array.from({ length: blobs }, () => frameOf(0, recordBytes)),
        frame: frameOf(seq, recordBytes),
      });
    }
    return records;
  };
  const head: SessionLog["head"] = (session) => ({ seq: lengths.get(session) ?? 0, h: "" as Hash });
  return { read, head } as unknown as SessionLog;
}

function frameOf(seq: number, size: number): Bytes {
  const frame = new Uint8Array(size);
  new DataView(frame.buffer).setUint32(0, seq);
  return frame;
}

const seqs = (frames: Bytes[]): number[] => frames.map((frame) => new DataView(frame.buffer).getUint32(0));
const session = randomId<SessionId>();

describe("the uplink", () => {
  test("sends from where the hub stands and nothing twice", () => {
    const uplink = new Uplink(logOf(new Map([[session, 10]])));
    uplink.start(session, 7);
    expect(seqs(uplink.take())).toEqual([8, 9, 10]);
    expect(uplink.take()).toEqual([]);
  });

  test("stops at the window and goes on with the ack", () => {
    const uplink = new Uplink(logOf(new Map([[session, 200]])));
    uplink.start(session, 0);
    expect(uplink.take()).toHaveLength(IN_FLIGHT_FRAMES);
    expect(uplink.take()).toEqual([]);
    uplink.acked(session, 10);
    expect(seqs(uplink.take())).toEqual([65, 66, 67, 68, 69, 70, 71, 72, 73, 74]);
  });

  test("resends from where the hub says", () => {
    const uplink = new Uplink(logOf(new Map([[session, 5]])));
    uplink.start(session, 0);
    uplink.take();
    uplink.needs(session, 3);
    expect(seqs(uplink.take())).toEqual([3, 4, 5]);
  });

  test("an ack beyond what was sent moves the cursor, since the hub has it", () => {
    const uplink = new Uplink(logOf(new Map([[session, 5]])));
    uplink.start(session, 0);
    uplink.acked(session, 4);
    expect(seqs(uplink.take())).toEqual([5]);
  });

  test("starts a session created since the comparison at its first record", () => {
    const lengths = new Map<SessionId, number>();
    const uplink = new Uplink(logOf(lengths));
    lengths.set(session, 2);
    uplink.grew(session);
    expect(seqs(uplink.take())).toEqual([1, 2]);
  });

  test("lets a record with more blobs than the window go alone", () => {
    const uplink = new Uplink(logOf(new Map([[session, 2]]), 192 * 1024, 80));
    uplink.start(session, 0);
    expect(uplink.take()).toHaveLength(81);
    expect(uplink.take()).toEqual([]);
    uplink.acked(session, 1);
    expect(uplink.take()).toHaveLength(81);
  });

  test("a session on hold sends nothing and frees the window, until it is started again", () => {
    const uplink = new Uplink(logOf(new Map([[session, 3]])));
    uplink.start(session, 0);
    uplink.take();
    uplink.hold(session);
    uplink.grew(session);
    expect([uplink.take(), uplink.inFlight()]).toEqual([[], { frames: 0, bytes: 0 }]);
    uplink.start(session, 1);
    expect(seqs(uplink.take())).toEqual([2, 3]);
  });

  test("a busy session does not starve the others", () => {
    const other = randomId<SessionId>();
    const uplink = new Uplink(
      logOf(
        new Map([
          [session, 1000],
          [other, 5000],
        ]),
        100,
      ),
    );
    uplink.start(session, 0);
    uplink.start(other, 4999);
    expect(seqs(uplink.take())).not.toContain(5000);
    uplink.acked(session, 10);
    expect(seqs(uplink.take())).toContain(5000);
  });
});

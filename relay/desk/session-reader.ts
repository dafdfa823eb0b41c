// Reading a session's log at the desk: decrypted items, past ones first, then as they come.
import {
  decodePlain,
  isFrame,
  openFrame,
  parseFrame,
  recordPlain,
  type Bytes,
  type SessionId,
  type UnknownItem,
} from "../../schema/index.ts";
import type { SessionLog } from "../journal/ports.ts";
import type { Epochs } from "../trust/ports.ts";

/** One item with where it stands. */
export interface ReadItem {
  readonly seq: number;
  /** Relay time of its record, epoch ms. */
  readonly time: number;
  readonly item: UnknownItem;
}

const PAGE = { maxBytes: 1024 * 1024, maxRecords: 256 };

/** Items of a session from `from` on; with `follow` it goes on until the signal aborts. */
export async function* readItems(
  parts: { readonly log: SessionLog; readonly epochs: Epochs },
  session: SessionId,
  from: number,
  follow: AbortSignal | null,
): AsyncGenerator<ReadItem> {
  let next = from;
  let wake = Promise.withResolvers<void>();
  // Subscribed before reading, so that nothing falls between the two.
  const unsubscribe = parts.log.onCommitted((sessions) => {
    if (sessions.includes(session)) wake.resolve();
  });
  follow?.addEventListener("abort", () => wake.resolve());
  try {
    for (;;) {
      wake = Promise.withResolvers<void>();
      const records = parts.log.read(session, next, PAGE);
      for (const record of records) {
        yield* itemsOf(parts.epochs, session, record.frame);
        next = record.seq + 1;
      }
      if (records.length > 0) continue;
      if (follow === null || follow.aborted) return;
      await wake.promise;
      if (follow.aborted) return;
    }
  } finally {
    unsubscribe();
  }
}

async function* itemsOf(epochs: Epochs, session: SessionId, bytes: Bytes): AsyncGenerator<ReadItem> {
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "EVT")) throw new Error("the journal holds a frame that is no record");
  const { seq, time, epoch } = frame.header;
  if (!epochs.has(epoch)) {
    // Taken back from the Worker after its keys were lost with a newer state of this machine.
    yield { seq, time, item: { k: "note", code: "record.sealed" } };
    return;
  }
  const plain = await openFrame(frame, await epochs.key(epoch, session));
  if (plain === null) throw new Error(`record ${seq} does not open`);
  for (const item of decodePlain("EVT", plain, recordPlain)) {
    yield { seq, time, item };
  }
}

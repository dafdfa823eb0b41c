// Binary messages of the hub, parsed once, sorted by what they are. Garbage is counted and dropped.
import {
  isAppError,
  parseFrame,
  unpackMessage,
  type AnyFrame,
  type Bytes,
  type Frame,
  type SessionId,
} from "../../schema/index.ts";

export interface SortedFrames {
  readonly keyrings: readonly Frame<"KEYRING">[];
  readonly documents: readonly Frame<"DOC">[];
  /** In order of arrival, by session. */
  readonly records: ReadonlyMap<SessionId, readonly Frame<"EVT">[]>;
  readonly blobs: readonly Frame<"BLOB">[];
  readonly results: readonly Frame<"RES">[];
  readonly beacons: readonly Frame<"BEACON">[];
  readonly dropped: number;
}

/** Everything in these messages; never throws for what a hub may send. */
export function sortFrames(messages: readonly Bytes[]): SortedFrames {
  const keyrings: Frame<"KEYRING">[] = [];
  const documents: Frame<"DOC">[] = [];
  const records = new Map<SessionId, Frame<"EVT">[]>();
  const blobs: Frame<"BLOB">[] = [];
  const results: Frame<"RES">[] = [];
  const beacons: Frame<"BEACON">[] = [];
  let dropped = 0;
  for (const message of messages) {
    for (const bytes of framesOf(message)) {
      const frame = frameIn(bytes);
      switch (frame?.name) {
        case "KEYRING":
          keyrings.push(frame);
          break;
        case "DOC":
          documents.push(frame);
          break;
        case "EVT": {
          const { session } = frame.header;
          const own = records.get(session);
          if (own === undefined) records.set(session, [frame]);
          else own.push(frame);
          break;
        }
        case "BLOB":
          blobs.push(frame);
          break;
        case "RES":
          results.push(frame);
          break;
        case "BEACON":
          beacons.push(frame);
          break;
        default:
          dropped += 1; // nothing else is ever meant for a device
      }
    }
  }
  return { keyrings, documents, records, blobs, results, beacons, dropped };
}

function framesOf(message: Bytes): readonly Bytes[] {
  try {
    return unpackMessage(message);
  } catch (error) {
    if (isAppError(error)) return [];
    throw error;
  }
}

function frameIn(bytes: Bytes): AnyFrame | null {
  try {
    return parseFrame(bytes);
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

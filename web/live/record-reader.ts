// From EVT frames to proven, decrypted records: hashes, one signature per unbroken stretch, OPEN.
import {
  decodePlain,
  isAppError,
  openFrame,
  recordHash,
  recordPlain,
  verifyRecord,
  type Frame,
  type Hash,
  type MachineId,
  type SessionId,
} from "../../schema/index.ts";
import { stretches, type Link } from "./accept.ts";
import type { MachineKeys } from "./keyring.ts";
import type { RecordRow } from "./live-store.ts";

/** A record whose hash is known and nothing else. */
export interface HashedRecord extends Link {
  readonly frame: Frame<"EVT">;
}

/** Hashes the frames of one session; frames of another machine or session are left out. */
export async function hashRecords(
  frames: readonly Frame<"EVT">[],
  machine: MachineId,
  session: SessionId,
): Promise<HashedRecord[]> {
  const own = frames.filter(({ header }) => header.m === machine && header.session === session && header.seq > 0);
  return Promise.all(
    own.map(async (frame) => {
      const h: Hash = await recordHash(frame.hdr, frame.body);
      return { seq: frame.header.seq, prev: frame.header.prev, h, frame };
    }),
  );
}

/** The stretches whose last record RI signed: the signature stands for all of its stretch. */
export async function provenStretches(
  records: readonly HashedRecord[],
  keys: MachineKeys,
): Promise<{ readonly proven: readonly HashedRecord[][]; readonly dropped: number }> {
  const found = stretches(records);
  const signed = await Promise.all(
    found.map(async (stretch) => {
      const last = stretch.at(-1);
      return last === undefined ? false : verifyRecord(last.frame, last.h, keys.ri);
    }),
  );
  const proven = found.filter((_, index) => signed[index]);
  const kept = proven.reduce((sum, stretch) => sum + stretch.length, 0);
  return { proven, dropped: records.length - kept };
}

/** What opening a record gave. */
export type Opened =
  | { readonly ok: true; readonly row: RecordRow }
  | { readonly ok: false; readonly why: "epoch" | "sealed" };

/** The items of a proven record. */
export async function openRecord(record: HashedRecord, keys: MachineKeys): Promise<Opened> {
  const { header, bytes } = record.frame;
  const key = keys.content(header.epoch, header.session);
  if (key === null) return { ok: false, why: "epoch" };
  const plain = await openFrame(record.frame, await key);
  if (plain === null) return { ok: false, why: "sealed" };
  try {
    const items = decodePlain("EVT", plain, recordPlain);
    return {
      ok: true,
      row: { seq: record.seq, h: record.h, time: header.time, items, bytes: bytes.length },
    };
  } catch (error) {
    if (!isAppError(error, "E_SCHEMA")) throw error;
    // Signed by our relay but in a codec we do not know: kept in its place, shown as unsupported.
    const items = [{ k: "unreadable" }];
    return { ok: true, row: { seq: record.seq, h: record.h, time: header.time, items, bytes: bytes.length } };
  }
}

/** Opens several at once. Nothing of it may be shown before the records are proven. */
export async function openRecords(
  records: readonly HashedRecord[],
  keys: MachineKeys,
): Promise<ReadonlyMap<HashedRecord, Opened>> {
  return new Map(await Promise.all(records.map(async (record) => [record, await openRecord(record, keys)] as const)));
}

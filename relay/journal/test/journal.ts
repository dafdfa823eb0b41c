// A journal without a trust store, and a reader that trusts nothing of it.
import {
  concat,
  fromUtf8,
  genesis,
  generateSigningPair,
  idFromBytes,
  isFrame,
  openFrame,
  parseFrame,
  recordHash,
  sha256,
  utf8,
  verifyFrame,
  type KeyPair,
  type MachineId,
  type SessionId,
} from "../../../schema/index.ts";
import type { Clock } from "../../clock.ts";
import { openDatabase } from "../database.ts";
import { openSessionLog, type Log } from "../session-log.ts";
import { FixedEpochs } from "./fixed-epochs.ts";

/** The machine of every journal test. */
export const MACHINE = idFromBytes<MachineId>(new Uint8Array(16).fill(7));

/** A log on a folder; `pair` is RI. */
export async function openJournal(folder: string, clock: Clock, pair?: KeyPair) {
  const ri = pair ?? (await generateSigningPair(false));
  const db = openDatabase(folder);
  const epochs = new FixedEpochs(MACHINE);
  const identity = { machine: MACHINE, ri: ri.privateKey };
  const log = await openSessionLog({ db, clock, identity, epochs });
  return { db, log, epochs, ri, identity };
}

/** A session id from a word. */
export async function sessionOf(word: string): Promise<SessionId> {
  return idFromBytes<SessionId>((await sha256(utf8(word))).subarray(0, 16));
}

/** Opens every record of a session as a device does: seq without gap, chain, signature, key. Returns the lists of items. */
export async function readAll(log: Log, session: SessionId, epochs: FixedEpochs, ri?: KeyPair): Promise<unknown[][]> {
  let prev = await genesis(MACHINE, session);
  const lists: unknown[][] = [];
  for (let seq = 1; ; seq++) {
    const record = log.read(session, seq, { maxBytes: 1, maxRecords: 1 })[0];
    if (record === undefined) break;
    const frame = parseFrame(record.frame);
    if (!isFrame(frame, "EVT")) throw new Error("not an EVT");
    if (record.seq !== seq || frame.header.seq !== seq) throw new Error(`gap at ${seq}`);
    if (frame.header.prev !== prev) throw new Error(`chain broken at ${seq}`);
    if (ri !== undefined && !(await verifyFrame(frame, ri.publicKey))) throw new Error(`bad signature at ${seq}`);
    prev = await recordHash(frame.hdr, frame.body);
    const plaintext = await openFrame(frame, await epochs.key(frame.header.epoch, session));
    const list: unknown = JSON.parse(fromUtf8(concat(plaintext ?? new Uint8Array(1)).subarray(1)) ?? "");
    if (!Array.isArray(list)) throw new Error(`record ${seq} does not open`);
    lists.push(list);
  }
  const head = log.head(session);
  if (head !== null && (head.seq !== lists.length || head.h !== prev))
    throw new Error("the head is not the last record");
  return lists;
}

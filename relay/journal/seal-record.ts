// A draft becomes an EVT frame and the BLOB frames it lists: sealed, signed, chained. Nothing is stored here.
import {
  BLOB_BYTES,
  BLOB_CHUNK_BYTES,
  BLOB_HEAD_BYTES,
  concat,
  encodePlain,
  hashOf,
  idFromBytes,
  isFrame,
  parseFrame,
  randomBytes,
  recordHash,
  sealFrame,
  sealRecordFrame,
  utf8,
  type BlobId,
  type Bytes,
  type Hash,
  type ItemOf,
  type MachineId,
  type OpaqueKey,
  type Secret,
  type SessionId,
} from "../../schema/index.ts";
import { cutNotice, isLarge } from "./gather.ts";
import type { NewRecord } from "./record-table.ts";

const CODEC_JSON = encodePlain("EVT", 0).subarray(0, 1);

/** What sealing a record needs besides its items. */
export interface SealContext {
  readonly machine: MachineId;
  readonly session: SessionId;
  readonly ri: OpaqueKey;
  readonly epoch: number;
  readonly key: Secret;
  readonly seq: number;
  readonly prev: Hash;
  readonly at: number;
}

/** One record of these items, given as their JSON with their size in bytes. */
export async function sealRecord(
  context: SealContext,
  items: readonly { readonly json: string; readonly size: number }[],
): Promise<NewRecord> {
  const { machine, session, ri, epoch, key, seq, prev, at } = context;
  const texts: string[] = [];
  const blobs: NewRecord["blobs"][number][] = [];
  for (const { json, size } of items) {
    if (!isLarge(size)) {
      texts.push(json);
      continue;
    }
    const blob = await sealBlob(context, json);
    texts.push(JSON.stringify(blob.item));
    blobs.push(...blob.frames);
  }
  const plaintext = concat(CODEC_JSON, utf8(`[${texts.join(",")}]`));
  const header = { m: machine, session, epoch, seq, time: at, prev };
  const { frame, h } = await sealRecordFrame(header, key, plaintext, ri);
  return { session, seq, h, epoch, at, frame, blobs };
}

/** h of an EVT frame's bytes (TypeError for another frame). */
export async function hashOfRecord(bytes: Bytes): Promise<Hash> {
  const frame = parseFrame(bytes);
  if (!isFrame(frame, "EVT")) throw new TypeError("not an EVT frame");
  return recordHash(frame.hdr, frame.body);
}

async function sealBlob(
  context: SealContext,
  json: string,
): Promise<{ item: ItemOf<"blob">; frames: NewRecord["blobs"] }> {
  const { machine, session, epoch, key } = context;
  const { bytes, mime } = blobBytes(json);
  const bid = idFromBytes<BlobId>(randomBytes(16));
  const cnt = Math.ceil(bytes.length / BLOB_CHUNK_BYTES);
  const hashes: Hash[] = [];
  const frames: NewRecord["blobs"][number][] = [];
  for (let idx = 0; idx < cnt; idx++) {
    const chunk = bytes.subarray(idx * BLOB_CHUNK_BYTES, (idx + 1) * BLOB_CHUNK_BYTES);
    hashes.push(await hashOf(chunk));
    const header = { m: machine, session, epoch, bid, idx, cnt };
    frames.push({ bid, idx, frame: await sealFrame("BLOB", header, key, chunk) });
  }
  return { item: { k: "blob", bid, mime, size: bytes.length, hashes, head: headOf(bytes) }, frames };
}

function blobBytes(json: string): { bytes: Bytes; mime: string } {
  const bytes = utf8(json);
  if (bytes.length <= BLOB_BYTES) return { bytes, mime: "application/json" };
  const notice = utf8(cutNotice(bytes.length));
  // Cut JSON is no JSON any more, so it is shown as the text it is.
  return { bytes: concat(wholeCharacters(bytes, BLOB_BYTES - notice.length), notice), mime: "text/plain" };
}

function headOf(bytes: Bytes): string {
  return new TextDecoder().decode(wholeCharacters(bytes, BLOB_HEAD_BYTES));
}

/** The first `length` bytes, or up to three fewer so that no UTF-8 character is cut. */
function wholeCharacters(bytes: Bytes, length: number): Bytes {
  let end = Math.min(length, bytes.length);
  const isContinuation = (at: number): boolean => at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
  while (end > 0 && isContinuation(end)) end--;
  return bytes.subarray(0, end);
}

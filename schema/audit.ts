// The audit trail as a file: JSON Lines that prove themselves against the machine's public key. The first line says whose
// log it is; each further one is a record of the machine's own log, with its signed frame and the key of that frame alone.
import { b64Bytes } from "./b64-shape.ts";
import { fromB64, toB64 } from "./bytes.ts";
import { genesis, recordHash } from "./chain.ts";
import { decodePlain, frameKey, parseJson, verifyRecord } from "./codec.ts";
import { importVerifyKey, machineIdOf, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type Secret } from "./crypto.ts";
import { AppError, type ErrorCode } from "./errors.ts";
import { isFrame, parseFrame, type Frame } from "./frames.ts";
import { deviceId, hash, machineId, MACHINE_SESSION, sessionId, type Hash, type MachineId } from "./ids.ts";
import { knownItemOf, recordPlain, type Item, type UnknownItem } from "./items.ts";
import type { Bytes, OpaqueKey } from "./platform.ts";
import { BODY_KEY_BYTES, openWithBodyKey } from "./seal.ts";
import { z } from "./zod.ts";

const count = z.int().check(z.gte(0));

/** First line: whose log it is, and what its devices are called now. */
export const auditHead = z.object({
  kelpie: z.literal("audit"),
  v: z.literal(1),
  machine: machineId,
  /** RI's public point; it hashes to `machine`. */
  ri: b64Bytes(PUBLIC_KEY_BYTES),
  /** Machine or device time at which the file was made, epoch ms. */
  exported: count,
  devices: z.array(z.object({ d: deviceId, name: z.string() })),
});
export type AuditHead = z.infer<typeof auditHead>;

/** One record. Everything before `frame` can be computed from the frame and its key, and is checked against them. */
export const auditLine = z.object({
  session: sessionId,
  seq: count,
  /** Machine time, epoch ms. */
  at: count,
  h: hash,
  sig: b64Bytes(SIGNATURE_BYTES),
  /** null: sealed in an epoch whose key the exporter does not hold. */
  items: z.nullable(recordPlain),
  frame: z.string(),
  /** Opens this frame and no other; null when `items` is. */
  key: z.nullable(b64Bytes(BODY_KEY_BYTES)),
});
export type AuditLine = z.infer<typeof auditLine>;

/** One entry of the trail with where it stands. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: number;
  readonly item: Item | UnknownItem;
}

/** A file that held. */
export interface ProvenAudit {
  readonly head: AuditHead;
  /** First and last record; null without any. */
  readonly range: { readonly from: number; readonly to: number; readonly h: Hash } | null;
  readonly entries: readonly AuditEntry[];
  /** Records whose entries nobody can read by this file. */
  readonly unread: number;
}

/** The first line. */
export function auditHeadText(head: Omit<AuditHead, "kelpie" | "v">): string {
  return JSON.stringify({ kelpie: "audit", v: 1, ...head } satisfies AuditHead);
}

/** The line of a record; `content` is its epoch's key, null when it is not at hand. E_AUTH when it does not open. */
export async function auditLineText(frame: Frame<"EVT">, content: Secret | null): Promise<string> {
  const { session, seq, time } = frame.header;
  const key = content === null ? null : await frameKey(frame, content);
  const items = key === null ? null : await itemsOf(frame, key.slice());
  return JSON.stringify({
    ...{ session, seq, at: time, h: await recordHash(frame.hdr, frame.body), sig: toB64(frame.sig), items },
    ...{ frame: toB64(frame.bytes), key: key === null ? null : toB64(key) },
  } satisfies AuditLine);
}

/**
 * Proves a file against the public point of the machine that it must be of; throws at the first line that does not hold:
 * E_AUTH (another machine, a signature, a key), E_GAP (a record is missing), E_FORK (two histories), E_SCHEMA (anything
 * that was changed or is malformed).
 */
export async function verifyAudit(text: string, ri: Bytes): Promise<ProvenAudit> {
  const [first = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const head = parseJson(first, auditHead);
  const machine = await machineIdOf(ri);
  if (head.machine !== machine || head.ri !== toB64(ri)) throw broken("E_AUTH", 1, "it is of another machine");
  const proof = { machine, key: await importVerifyKey(ri) };
  const records: ProvenLine[] = [];
  for (const [index, line] of lines.entries()) {
    const number = index + 2;
    const record = await provenLine(line, number, proof);
    const before = records.at(-1);
    if (before !== undefined && record.seq !== before.seq + 1) throw broken("E_GAP", number, "a record is missing");
    const prev = before?.h ?? (record.seq === 1 ? await genesis(machine, MACHINE_SESSION) : record.prev);
    if (record.prev !== prev) throw broken("E_FORK", number, "it follows another record");
    records.push(record);
  }
  const [oldest, newest] = [records[0], records.at(-1)];
  return {
    head,
    range: oldest === undefined || newest === undefined ? null : { from: oldest.seq, to: newest.seq, h: newest.h },
    unread: records.filter(({ items }) => items === null).length,
    entries: records.flatMap(({ seq, at, items }) =>
      (items ?? []).map((item) => ({ seq, at, item: knownItemOf(item) ?? item })),
    ),
  };
}

type ProvenLine = AuditLine & { readonly prev: Hash };

async function provenLine(
  text: string,
  number: number,
  proof: { readonly machine: MachineId; readonly key: OpaqueKey },
): Promise<ProvenLine> {
  const line = parseJson(text, auditLine);
  const frame = parseFrame(fromB64(line.frame) ?? new Uint8Array(0));
  if (!isFrame(frame, "EVT")) throw broken("E_SCHEMA", number, "its frame is no record");
  const { m, session, seq, time, prev } = frame.header;
  if (m !== proof.machine || session !== MACHINE_SESSION) throw broken("E_AUTH", number, "it is of another log");
  const h = await recordHash(frame.hdr, frame.body);
  if (!(await verifyRecord(frame, h, proof.key))) throw broken("E_AUTH", number, "the machine did not sign it");
  const said = [line.session, line.seq, line.at, line.h, line.sig];
  if (said.join() !== [session, seq, time, h, toB64(frame.sig)].join()) {
    throw broken("E_SCHEMA", number, "it says something else than its frame");
  }
  const key = line.key === null ? null : fromB64(line.key);
  const items = key === null ? null : await itemsOf(frame, key);
  if (JSON.stringify(items) !== JSON.stringify(line.items)) {
    throw broken("E_SCHEMA", number, "its entries are not those that the machine signed");
  }
  return { ...line, prev };
}

async function itemsOf(frame: Frame<"EVT">, key: Bytes): Promise<UnknownItem[]> {
  const plain = await openWithBodyKey(key, frame.hdr, frame.body);
  if (plain === null) throw new AppError("E_AUTH", { reason: `record ${frame.header.seq} does not open` });
  return decodePlain("EVT", plain, recordPlain);
}

function broken(code: ErrorCode, line: number, why: string): AppError {
  return new AppError(code, { reason: `line ${line}: ${why}`, line });
}

// The device's half of the pairing frames (protocol section 5): making PAIR1 and PAIR3, judging PAIR2 and PAIR4.
import {
  agree,
  AppError,
  commitment,
  concat,
  decodePlain,
  encodePlain,
  equalBytes,
  exportPublic,
  fromB64,
  generateAgreementPair,
  isAppError,
  machineIdOf,
  openFrame,
  pair1Plain,
  pair2Plain,
  pair4Plain,
  pairCode,
  pairKeys,
  pairRoot,
  pairwiseKeys,
  parseFrame,
  parseShape,
  importVerifyKey,
  randomBytes,
  sealFrame,
  sha256,
  sign,
  toB64,
  transcriptHash,
  unpackMessage,
  verify,
  type AnyFrame,
  type Bytes,
  type Frame,
  type PairKeys,
  type PairLink,
} from "../../schema/index.ts";
import type { IdentityRow, MachineRow } from "./live-store.ts";
import { readKeyring } from "./keyring.ts";
import type { PairingRow } from "./pairing-row.ts";

/** What PAIR2 told. */
export interface Answered {
  readonly machineName: string;
  readonly code: string;
  readonly pair2: Bytes;
  readonly pair3: Bytes;
}

/** A fresh pairing: ephemeral key, commitment and PAIR1, ready to be kept before it is sent. */
export async function beginPairing(
  link: PairLink,
  identity: IdentityRow,
  deviceName: string,
  startedAt: number,
): Promise<PairingRow> {
  const agreement = await generateAgreementPair(false);
  const agreementPublic = await exportPublic(agreement.publicKey);
  const r = randomBytes(16);
  const keys = await pairKeys(link.secret.slice());
  const c = toB64(await commitment(agreementPublic, r));
  const plain = parseShape({ c, da: toB64(identity.publicKey), name: deviceName }, pair1Plain);
  const pair1 = await sealFrame("PAIR1", { pid: keys.pid }, keys.toRelay, encodePlain("PAIR1", plain));
  const { secret, machine } = link;
  return { machine, secret, deviceName, startedAt, agreement, agreementPublic, r, pair1, answered: null };
}

function keysOf(row: PairingRow): Promise<PairKeys> {
  return pairKeys(row.secret.slice());
}

/** Whatever a middleman could have changed ends the pairing. */
function refuse(reason: string): AppError {
  return new AppError("E_AUTH", { reason });
}

interface Opened2 {
  readonly keys: PairKeys;
  readonly eR: Bytes;
  readonly ri: Bytes;
  readonly mname: string;
}

async function openPair2(row: PairingRow, bytes: Bytes): Promise<Opened2> {
  const keys = await keysOf(row);
  const frame = parseFrame(bytes);
  if (frame.name !== "PAIR2" || frame.header.pid !== keys.pid) throw refuse("not the answer to this pairing");
  const plain = await openFrame(frame, keys.toDevice);
  if (plain === null) throw refuse("the answer does not open");
  const { eR, ri, mname, h } = decodePlain("PAIR2", plain, pair2Plain);
  const [agreementKey, identityKey] = [bytesOf(eR), bytesOf(ri)];
  if (!equalBytes(bytesOf(h), await sha256(row.pair1))) throw refuse("the answer is to another request");
  if ((await machineIdOf(identityKey)) !== row.machine) throw refuse("another machine answered");
  return { keys, eR: agreementKey, ri: identityKey, mname };
}

/** PAIR3 and the six digits. Throws E_AUTH, E_FRAME or E_SCHEMA for an answer that is not this machine's. */
export async function answerPair2(row: PairingRow, identity: IdentityRow, pair2: Bytes): Promise<Answered> {
  const { keys, eR, ri, mname } = await openPair2(row, pair2);
  const h = await transcriptHash(row.pair1, pair2);
  const plain = {
    eD: toB64(row.agreementPublic),
    r: toB64(row.r),
    h: toB64(h),
    sig: toB64(await sign(identity.pair.privateKey, "pair3", h)),
  };
  const pair3 = await sealFrame("PAIR3", { pid: keys.pid }, keys.toRelay, encodePlain("PAIR3", plain));
  return { machineName: mname, code: await codeOf(row, identity, eR, ri, keys), pair2, pair3 };
}

/** The same from a kept answer, after a reload. */
export async function keptAnswer(
  row: PairingRow,
  identity: IdentityRow,
  kept: { readonly pair2: Bytes; readonly pair3: Bytes },
): Promise<Answered> {
  const { keys, eR, ri, mname } = await openPair2(row, kept.pair2);
  return { machineName: mname, code: await codeOf(row, identity, eR, ri, keys), ...kept };
}

function codeOf(row: PairingRow, identity: IdentityRow, eR: Bytes, ri: Bytes, keys: PairKeys): Promise<string> {
  return pairCode({ pid: keys.pid, eD: row.agreementPublic, r: row.r, da: identity.publicKey, eR, ri });
}

/** The machine as paired. Throws E_AUTH, E_FRAME or E_SCHEMA when PAIR4 or the keyring is not the machine's. */
export async function finishPairing(
  row: PairingRow,
  identity: IdentityRow,
  kept: { readonly pair2: Bytes; readonly pair3: Bytes },
  answer: Bytes,
  now: number,
): Promise<MachineRow> {
  const { keys, eR, ri, mname } = await openPair2(row, kept.pair2);
  const transcript = await transcriptHash(row.pair1, kept.pair2, kept.pair3);
  const root = await pairRoot(await agree(row.agreement.privateKey, eR), keys.salt, transcript);
  const { res } = await pairwiseKeys(root);
  const [first, second] = unpackMessage(answer);
  const pair4 = namedFrame(first, "PAIR4");
  const ring = namedFrame(second, "KEYRING");
  if (pair4.header.pid !== keys.pid) throw refuse("not the answer to this pairing");
  const plain = await openFrame(pair4, res);
  if (plain === null) throw refuse("the confirmation does not open");
  const { d, g, scope, sig } = decodePlain("PAIR4", plain, pair4Plain);
  const isSigned = await verify(await importVerifyKey(ri), "pair4", transcript, bytesOf(sig));
  if (!isSigned || d !== identity.d) throw refuse("the confirmation is not for this device");
  const keyring = await readKeyring(ring, { m: row.machine, g }, identity, res);
  if (keyring === null) throw refuse("the keyring does not open");
  const shell = keyring.devices.find((device) => device.d === d)?.shell ?? false;
  return {
    m: row.machine,
    ri,
    name: mname,
    scope,
    shell,
    g,
    root,
    keyring,
    confirmedAt: null,
    clockOffsetMs: null,
    pairedAt: now,
  };
}

function namedFrame<N extends "PAIR4" | "KEYRING">(bytes: Bytes | undefined, name: N): Frame<N> {
  const frame = bytes === undefined ? null : parseFrame(bytes);
  if (frame === null || !isNamed(frame, name)) throw refuse(`no ${name}`);
  return frame;
}

function isNamed<N extends "PAIR4" | "KEYRING">(frame: AnyFrame, name: N): frame is AnyFrame & Frame<N> {
  return frame.name === name;
}

function bytesOf(text: string): Bytes {
  return fromB64(text) ?? concat();
}

/** True for what an honest machine never sends: the pairing is over, not retried. */
export function isGarbled(error: unknown): boolean {
  return (
    isAppError(error, "E_AUTH") ||
    isAppError(error, "E_FRAME") ||
    isAppError(error, "E_SCHEMA") ||
    isAppError(error, "E_SIZE")
  );
}

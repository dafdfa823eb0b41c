// The relay's side of the four pairing frames: opening, checking, answering. Holds no state between them.
import {
  agree,
  commitment,
  concat,
  decodePlain,
  deviceIdOf,
  encodePlain,
  equalBytes,
  exportPublic,
  fromB64,
  generateAgreementPair,
  importVerifyKey,
  isAppError,
  openFrame,
  pair1Plain,
  pair3Plain,
  pairCode,
  pairRootBytes,
  sealFrame,
  sha256,
  sign,
  toB64,
  transcriptHash,
  verify,
  type Bytes,
  type Frame,
  type OpaqueKey,
  type PairKeys,
  type Scope,
  type Secret,
} from "../../schema/index.ts";

/** What the relay says of itself. */
export interface PairHost {
  readonly ri: OpaqueKey;
  readonly riPublic: Bytes;
  readonly name: string;
}

/** What PAIR1 said, and what we answered. */
export interface Commitment {
  readonly pair1: Bytes;
  readonly pair2: Bytes;
  readonly c: Bytes;
  readonly da: Bytes;
  readonly name: string;
  readonly eR: OpaqueKey;
  readonly eRPublic: Bytes;
}

/** What a valid PAIR3 proved. */
export interface Proven {
  /** The six digits that the new device shows. */
  readonly code: string;
  /** P_1; whoever is done with it overwrites it. */
  readonly root: Bytes;
  /** TH of all three frames. */
  readonly transcript: Bytes;
}

/** Plaintext under K_p1, or null when the frame was not sealed with it. */
export function openPair(frame: Frame<"PAIR1"> | Frame<"PAIR3">, keys: PairKeys): Promise<Bytes | null> {
  return openFrame(frame, keys.toRelay);
}

/** Reads PAIR1 and answers it with a fresh ephemeral key; null for what is no PAIR1. */
export async function answerPair1(
  frame: Frame<"PAIR1">,
  plaintext: Bytes,
  keys: PairKeys,
  host: PairHost,
): Promise<Commitment | null> {
  return refusable(async () => {
    const said = decodePlain("PAIR1", plaintext, pair1Plain);
    const da = bytesOf(said.da);
    await importVerifyKey(da);
    const pair = await generateAgreementPair(false);
    const eRPublic = await exportPublic(pair.publicKey);
    const h = toB64(await sha256(frame.bytes));
    const plain = { eR: toB64(eRPublic), ri: toB64(host.riPublic), mname: host.name, h };
    const pair2 = await sealFrame("PAIR2", { pid: keys.pid }, keys.toDevice, encodePlain("PAIR2", plain));
    const pair1 = frame.bytes.slice();
    return { pair1, pair2, c: bytesOf(said.c), da, name: said.name, eR: pair.privateKey, eRPublic };
  });
}

/** Checks PAIR3 against what PAIR1 committed to; null when hash, commitment or signature is wrong. */
export async function checkPair3(
  frame: Frame<"PAIR3">,
  plaintext: Bytes,
  keys: PairKeys,
  host: PairHost,
  committed: Commitment,
): Promise<Proven | null> {
  return refusable(async () => {
    const said = decodePlain("PAIR3", plaintext, pair3Plain);
    const { pair1, pair2, c, da, eR, eRPublic } = committed;
    const h = await transcriptHash(pair1, pair2);
    const [eD, r] = [bytesOf(said.eD), bytesOf(said.r)];
    if (!equalBytes(bytesOf(said.h), h)) return null;
    if (!equalBytes(await commitment(eD, r), c)) return null;
    if (!(await verify(await importVerifyKey(da), "pair3", h, bytesOf(said.sig)))) return null;
    const transcript = await transcriptHash(pair1, pair2, frame.bytes);
    const root = await pairRootBytes(await agree(eR, eD), keys.salt, transcript);
    const code = await pairCode({ pid: keys.pid, eD, r, da, eR: eRPublic, ri: host.riPublic });
    return { code, root, transcript };
  });
}

/** PAIR4: the device is admitted. */
export async function makePair4(
  pid: PairKeys["pid"],
  res: Secret,
  host: PairHost,
  admitted: { readonly da: Bytes; readonly scope: Scope; readonly transcript: Bytes },
): Promise<Bytes> {
  const sig = toB64(await sign(host.ri, "pair4", admitted.transcript));
  const plain = { d: await deviceIdOf(admitted.da), g: 1, scope: admitted.scope, sig };
  return sealFrame("PAIR4", { pid }, res, encodePlain("PAIR4", plain));
}

/** E_SCHEMA and E_AUTH (no point on the curve) are the peer's fault and mean null; the rest passes. */
async function refusable<T>(work: () => Promise<T | null>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error, "E_SCHEMA") || isAppError(error, "E_AUTH")) return null;
    throw error;
  }
}

function bytesOf(text: string): Bytes {
  const bytes = fromB64(text);
  if (bytes === null) throw new Error("checked by the schema");
  return concat(bytes);
}

// Proofs of possession: the compact JWS that buys a token, and the signature inside the channel (protocol section 4).
import { AUTH_ROLE } from "./control.ts";
import { concat, fromB64, lp, toB64 } from "./bytes.ts";
import { sign } from "./crypto.ts";
import { AppError } from "./errors.ts";
import { idToBytes, type DeviceId, type MachineId } from "./ids.ts";
import { randomBytes, subtle, utf8, type Bytes, type OpaqueKey } from "./platform.ts";

export const PROOF_TYPE = "kelpie-pop+jwt";
export const TOKEN_TYPE = "kelpie-at+jwt";

/** What a proof claims. `audience` is the API origin, `nonce` the server's. */
export interface ProofClaims {
  readonly kid: MachineId | DeviceId;
  readonly audience: string;
  readonly nonce: string;
}

/** A compact JWS (ES256) over the server's nonce, by RI or DA. */
export async function proofOfPossession(key: OpaqueKey, claims: ProofClaims): Promise<string> {
  const header = { alg: "ES256", typ: PROOF_TYPE, kid: claims.kid };
  const payload = { aud: claims.audience, nonce: claims.nonce, sub: claims.kid, jti: toB64(randomBytes(16)) };
  const signingInput = `${toB64(utf8(JSON.stringify(header)))}.${toB64(utf8(JSON.stringify(payload)))}`;
  const signature = await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(signingInput));
  return `${signingInput}.${toB64(new Uint8Array(signature))}`;
}

/** What the in-channel proof is about. `origin` is "" for a relay. */
export interface ChannelProof {
  readonly nonce: string;
  readonly conn: string;
  readonly machine: MachineId;
  readonly origin: string;
  readonly role: keyof typeof AUTH_ROLE;
}

/** nonce ‖ conn ‖ m ‖ lp(origin) ‖ role; E_FRAME when the hub's hello is garbled. */
export function channelMessage(proof: ChannelProof): Bytes {
  const nonce = fromB64(proof.nonce);
  const conn = fromB64(proof.conn);
  if (nonce === null || conn === null) throw new AppError("E_FRAME", { reason: "garbled hello" });
  return concat(nonce, conn, idToBytes(proof.machine), lp(utf8(proof.origin)), Uint8Array.of(AUTH_ROLE[proof.role]));
}

/** SIGN("ws", …), as base64url for the `auth` message. */
export async function signChannel(key: OpaqueKey, proof: ChannelProof): Promise<string> {
  return toB64(await sign(key, "ws", channelMessage(proof)));
}

// Proofs of possession (protocol section 4): a compact JWS by RI or DA over our nonce.
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import {
  AppError,
  deviceIdOf,
  equalBytes,
  fromB64,
  fromUtf8,
  isB64Of,
  parseJson,
  pointOfJwk,
  PROOF_TYPE,
  z,
  type PublicJwk,
} from "../../schema/index.ts";
import type { Nonces } from "./nonce.ts";

const payload = z.object({ aud: z.string(), nonce: z.string(), sub: z.string(), jti: z.string() });

/** The kid a proof names, before anything about it is believed; E_AUTH when it names none. */
export function kidOfProof(proof: string): string {
  try {
    const { kid } = decodeProtectedHeader(proof);
    if (isB64Of(kid, 16)) return kid;
  } catch (cause) {
    throw new AppError("E_AUTH", { reason: "no proof" }, { cause });
  }
  throw new AppError("E_AUTH", { reason: "no kid" });
}

/** What a proof must match. */
export interface Expected {
  readonly kid: string;
  readonly key: PublicJwk;
  /** Origins that name this Worker. */
  readonly audiences: readonly string[];
  readonly nonces: Nonces;
}

/** Returns when the holder of `key` made this proof for us just now; E_AUTH otherwise. */
export async function verifyProof(proof: string, expected: Expected): Promise<void> {
  let verified;
  try {
    verified = await compactVerify(proof, await importJWK(expected.key, "ES256"), { algorithms: ["ES256"] });
  } catch (cause) {
    throw new AppError("E_AUTH", { reason: "bad proof" }, { cause });
  }
  const { kid, typ } = verified.protectedHeader;
  const claims = readClaims(verified.payload);
  const matches =
    typ === PROOF_TYPE && kid === expected.kid && claims.sub === kid && expected.audiences.includes(claims.aud);
  if (!matches || !isB64Of(claims.jti, 16) || !(await expected.nonces.isFresh(claims.nonce))) {
    throw new AppError("E_AUTH", { reason: "proof for something else" });
  }
}

function readClaims(bytes: Uint8Array): z.infer<typeof payload> {
  try {
    return parseJson(fromUtf8(bytes) ?? "", payload);
  } catch (cause) {
    throw new AppError("E_AUTH", { reason: "bad claims" }, { cause });
  }
}

/** True when the device id is the hash of this key. */
export async function isDeviceKey(kid: string, jwk: PublicJwk): Promise<boolean> {
  const claimed = fromB64(kid);
  const own = fromB64(await deviceIdOf(pointOfJwk(jwk)));
  return claimed !== null && own !== null && equalBytes(claimed, own);
}

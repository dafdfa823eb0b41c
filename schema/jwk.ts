// A public key as JWK, as the registry keeps it, and as the 65-byte point that ids are made of.
import { concat, fromB64, toB64 } from "./bytes.ts";
import type { PublicJwk } from "./control.ts";
import { PUBLIC_KEY_BYTES } from "./crypto.ts";
import { AppError } from "./errors.ts";
import type { Bytes } from "./platform.ts";

const UNCOMPRESSED = 4;
const COORDINATE_BYTES = 32;

/** The JWK of a 65-byte uncompressed point; E_AUTH for any other length or form. */
export function jwkOfPoint(point: Uint8Array): PublicJwk {
  if (point.length !== PUBLIC_KEY_BYTES || point[0] !== UNCOMPRESSED) {
    throw new AppError("E_AUTH", { reason: "not a P-256 point" });
  }
  const x = toB64(point.subarray(1, 1 + COORDINATE_BYTES));
  return { kty: "EC", crv: "P-256", x, y: toB64(point.subarray(1 + COORDINATE_BYTES)) };
}

/** The 65 bytes of a JWK; E_AUTH when a coordinate is no base64url. */
export function pointOfJwk({ x, y }: PublicJwk): Bytes {
  const [xBytes, yBytes] = [fromB64(x), fromB64(y)];
  if (xBytes === null || yBytes === null) throw new AppError("E_AUTH", { reason: "garbled key" });
  return concat(Uint8Array.of(UNCOMPRESSED), xBytes, yBytes);
}

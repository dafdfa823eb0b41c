// The validator of a fixed number of bytes as base64url.
import { isB64Of } from "./ids.ts";
import { z } from "./zod.ts";

/** Base64url text of exactly `bytes` bytes. */
export function b64Bytes(bytes: number) {
  return z.string().check(z.refine((text) => isB64Of(text, bytes)));
}

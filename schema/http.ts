// Bodies of the HTTP routes under /v1 (protocol sections 3 and 4).
import { b64Bytes } from "./b64-shape.ts";
import { PUBLIC_KEY_BYTES } from "./crypto.ts";
import { machineId } from "./ids.ts";
import { z } from "./zod.ts";

const proof = z.string().check(z.maxLength(4096));
const point = b64Bytes(PUBLIC_KEY_BYTES);

/** POST /v1/claim: {token T, ri, wi, proof} -> {m}. */
export const claimBody = z.object({ token: b64Bytes(32), ri: point, wi: point, proof });
/** POST /v1/enrol: a further machine. */
export const enrolBody = z.object({ ticket: b64Bytes(32), ri: point, wi: point, proof });
export const machineAnswer = z.object({ m: machineId });
/** POST /v1/enrol-ticket (Bearer of an enrolled relay). */
export const ticketAnswer = z.object({ ticket: b64Bytes(32) });
/** POST /v1/auth/nonce. */
export const nonceAnswer = z.object({ nonce: z.string() });
/**
 * POST /v1/auth/token. A device names the machine it wants to reach, to learn of a revocation there (E_GRANT): of an
 * upgrade that fails a browser tells a page nothing.
 */
export const tokenBody = z.object({ proof, m: z.optional(machineId) });
export const tokenAnswer = z.object({ token: z.string(), exp: z.int() });
/** Every refusal of a route. */
export const errorAnswer = z.object({ code: z.string(), retryMs: z.optional(z.int()) });

export type TokenAnswer = z.infer<typeof tokenAnswer>;

/** Routes, once. `m` is a machine id. */
export const ROUTES = {
  claim: "/v1/claim",
  enrolTicket: "/v1/enrol-ticket",
  enrol: "/v1/enrol",
  nonce: "/v1/auth/nonce",
  token: "/v1/auth/token",
  pair: (m: string) => `/v1/pair/${m}`,
  socket: (m: string) => `/v1/ws/${m}`,
  machine: (m: string) => `/v1/machines/${m}`,
} as const;

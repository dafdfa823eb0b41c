// The first machine of a Worker claims it with the token that the installer gave it.
import {
  AppError,
  claimBody,
  claimHashOf,
  equalBytes,
  fromB64,
  jwkOfPoint,
  machineIdOf,
  toB64,
  type MachineId,
} from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { audiencesOf } from "../auth/origin.ts";
import { verifyProof } from "../auth/proof.ts";
import { readJson } from "./body.ts";

/** POST /v1/claim. E_AUTH for a wrong token or proof, E_CLAIMED for a second claim with one token. */
export async function postClaim(c: AppContext): Promise<Response> {
  const { config, registry, now } = c.var.parts;
  const body = await readJson(c, claimBody);
  const claimHash = fromB64(await claimHashOf(bytesOf(body.token)));
  if (claimHash === null || !equalBytes(claimHash, config.claimHash)) throw new AppError("E_AUTH");
  const m = await proveMachine(c, body.ri, body.proof);
  const claimed = await registry.claim({ m, ri: body.ri, wi: body.wi }, toB64(config.claimHash), now());
  if (!claimed) throw new AppError("E_CLAIMED");
  return c.json({ m });
}

/** The machine id of `ri`, once its holder has proved to hold it; E_AUTH otherwise. */
export async function proveMachine(c: AppContext, ri: string, proof: string): Promise<MachineId> {
  const { config, nonces } = c.var.parts;
  const key = jwkOfPoint(bytesOf(ri));
  const m = await machineIdOf(bytesOf(ri));
  await verifyProof(proof, { kid: m, key, audiences: audiencesOf(c.req.url, config.appOrigin), nonces });
  return m;
}

/** Bytes of base64url that a schema has already accepted. */
export function bytesOf(b64: string) {
  return fromB64(b64) ?? new Uint8Array(0);
}

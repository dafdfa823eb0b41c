// Nonces and access tokens.
import { AppError, jwkOfPoint, machineIdOf, nonceAnswer, tokenBody, z, type MachineId } from "../../schema/index.ts";
import type { AppContext, Parts } from "../app-parts.ts";
import { audiencesOf } from "../auth/origin.ts";
import { isDeviceKey, kidOfProof, verifyProof } from "../auth/proof.ts";
import type { Identity } from "../auth/token.ts";
import { readJson } from "./body.ts";
import { bytesOf } from "./claim.ts";

const nothing = z.object({});

/** POST /v1/auth/nonce. */
export async function postNonce(c: AppContext): Promise<Response> {
  await readJson(c, nothing);
  return c.json(nonceAnswer.parse({ nonce: await c.var.parts.nonces.create() }));
}

/**
 * POST /v1/auth/token. E_GRANT when nothing is registered under the proof's kid, or nothing that may reach the machine
 * named; E_AUTH for a bad proof.
 */
export async function postToken(c: AppContext): Promise<Response> {
  const { config, nonces, tokens } = c.var.parts;
  const { proof, m } = await readJson(c, tokenBody);
  const kid = kidOfProof(proof);
  const { identity, key } = await findIdentity(c.var.parts, kid);
  await verifyProof(proof, { kid, key, audiences: audiencesOf(c.req.url, config.appOrigin), nonces });
  if (m !== undefined && !(await mayReach(c.var.parts, identity, m))) throw new AppError("E_GRANT");
  return c.json(await tokens.issue(identity));
}

async function mayReach({ registry, now }: Parts, identity: Identity, m: MachineId): Promise<boolean> {
  if (identity.role === "relay") return identity.sub === m;
  return (await registry.grantOf(identity.sub, m, now())) !== null;
}

async function findIdentity({ registry, now }: Parts, kid: string) {
  const machine = await registry.machine(kid);
  // The id is recomputed: a registry that lies must not make another key speak for it.
  if (machine !== null && (await machineIdOf(bytesOf(machine.ri))) === kid) {
    const identity: Identity = { role: "relay", sub: machine.m };
    return { identity, key: jwkOfPoint(bytesOf(machine.ri)) };
  }
  const device = await registry.deviceKey(kid, now());
  if (device === null || !(await isDeviceKey(device.d, device.key))) throw new AppError("E_GRANT");
  const identity: Identity = { role: "device", sub: device.d };
  return { identity, key: device.key };
}

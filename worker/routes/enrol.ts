// Further machines: an enrolled relay asks for a ticket, the new one spends it.
import { AppError, enrolBody, hashOf, randomBytes, toB64, z } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { requireRole } from "../auth/role.ts";
import { readJson } from "./body.ts";
import { bytesOf, proveMachine } from "./claim.ts";

const TICKET_BYTES = 32;
const nothing = z.object({});

/** POST /v1/enrol-ticket (Bearer of an enrolled relay). Only the ticket's hash is kept. */
export async function postEnrolTicket(c: AppContext): Promise<Response> {
  const { registry, now } = c.var.parts;
  await readJson(c, nothing);
  await requireRole(c, "relay");
  const ticket = randomBytes(TICKET_BYTES);
  await registry.addTicket(await hashOf(ticket), now());
  return c.json({ ticket: toB64(ticket) });
}

/** POST /v1/enrol. E_AUTH for a ticket that is unknown, spent or expired. */
export async function postEnrol(c: AppContext): Promise<Response> {
  const { registry, now } = c.var.parts;
  const body = await readJson(c, enrolBody);
  const m = await proveMachine(c, body.ri, body.proof);
  const ticketHash = await hashOf(bytesOf(body.ticket));
  if (!(await registry.enrol({ m, ri: body.ri, wi: body.wi }, ticketHash, now()))) throw new AppError("E_AUTH");
  return c.json({ m });
}

// The upgrade: every check of protocol section 4 happens here, before the hub is touched.
import { AppError, pointOfJwk, SUBPROTOCOL, TOKEN_SUBPROTOCOL, toB64, type MachineId } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { bearerOf } from "../auth/role.ts";
import type { Opening } from "../hub/socket-state.ts";
import { readMachine } from "./machine-param.ts";

/** GET /v1/ws/{m}. E_FRAME for no upgrade, E_AUTH, E_ORIGIN or E_GRANT otherwise. */
export async function getSocket(c: AppContext): Promise<Response> {
  const m = readMachine(c);
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") throw new AppError("E_FRAME", { reason: "no upgrade" });
  const offered = (c.req.header("Sec-WebSocket-Protocol") ?? "").split(",").map((entry) => entry.trim());
  if (!offered.includes(SUBPROTOCOL)) throw new AppError("E_AUTH", { reason: "no subprotocol" });
  const isRelay = c.req.header("Authorization") !== undefined;
  const opening = isRelay ? await openRelay(c, m) : await openDevice(c, m, offered);
  return c.var.parts.hubs.connect(opening);
}

async function openRelay(c: AppContext, m: MachineId): Promise<Opening> {
  const { registry, tokens } = c.var.parts;
  // A browser always sends an Origin: a page must never speak as a relay, whatever token it has got hold of.
  if (c.req.header("Origin") !== undefined) throw new AppError("E_ORIGIN");
  const identity = await tokens.verify(bearerOf(c));
  if (identity.role !== "relay") throw new AppError("E_AUTH");
  if (identity.sub !== m) throw new AppError("E_GRANT");
  const machine = await registry.machine(m);
  if (machine === null) throw new AppError("E_GRANT");
  return { role: "relay", m, kid: m, key: machine.ri, origin: "", grantsRev: machine.grantsRev };
}

async function openDevice(c: AppContext, m: MachineId, offered: readonly string[]): Promise<Opening> {
  const { config, registry, tokens, now } = c.var.parts;
  if (c.req.header("Origin") !== config.appOrigin) throw new AppError("E_ORIGIN");
  const entry = offered.find((each) => each.startsWith(TOKEN_SUBPROTOCOL));
  if (entry === undefined) throw new AppError("E_AUTH", { reason: "no token" });
  const identity = await tokens.verify(entry.slice(TOKEN_SUBPROTOCOL.length));
  if (identity.role !== "device") throw new AppError("E_AUTH");
  const grant = await registry.grantOf(identity.sub, m, now());
  if (grant === null) throw new AppError("E_GRANT");
  const key = toB64(pointOfJwk(grant.key));
  return { role: "device", m, kid: identity.sub, key, origin: config.appOrigin, grantsRev: grant.machine.grantsRev };
}

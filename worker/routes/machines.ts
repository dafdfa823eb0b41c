// Drops a dead machine from the registry.
import { AppError } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";
import { requireOwnOrigin } from "../auth/origin.ts";
import { requireRole } from "../auth/role.ts";
import { readMachine } from "./machine-param.ts";

/** DELETE /v1/machines/{m} (Bearer of any enrolled relay). Its sockets are closed; its hub keeps what it stores. */
export async function deleteMachine(c: AppContext): Promise<Response> {
  const { config, hubs, registry } = c.var.parts;
  requireOwnOrigin(c.req.header("Origin"), config.appOrigin);
  await requireRole(c, "relay");
  const m = readMachine(c);
  if ((await registry.machine(m)) === null) throw new AppError("E_NOT_FOUND");
  await registry.removeMachine(m);
  await hubs.dismiss(m);
  return c.json({});
}

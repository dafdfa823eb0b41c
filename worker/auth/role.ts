// Who calls: the bearer of an access token, still registered.
import { AppError, type MachineId } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";

/** The machine whose relay calls. E_AUTH without a token of that role, E_GRANT when it is no longer enrolled. */
export async function requireRole(c: AppContext, role: "relay"): Promise<MachineId> {
  const { registry, tokens } = c.var.parts;
  const identity = await tokens.verify(bearerOf(c));
  if (identity.role !== role) throw new AppError("E_AUTH");
  if ((await registry.machine(identity.sub)) === null) throw new AppError("E_GRANT");
  return identity.sub;
}

/** The token of `Authorization: Bearer`; E_AUTH when there is none. */
export function bearerOf(c: AppContext): string {
  const [scheme, token, ...rest] = (c.req.header("Authorization") ?? "").split(" ");
  if (scheme !== "Bearer" || token === undefined || rest.length > 0) throw new AppError("E_AUTH");
  return token;
}

// The machine a route names.
import { AppError, machineParam, type MachineId } from "../../schema/index.ts";
import type { AppContext } from "../app-parts.ts";

/** `:m` of the address; E_NOT_FOUND when it is no machine id. */
export function readMachine(c: AppContext): MachineId {
  const parsed = machineParam.safeParse(c.req.param("m"));
  if (!parsed.success) throw new AppError("E_NOT_FOUND");
  return parsed.data;
}

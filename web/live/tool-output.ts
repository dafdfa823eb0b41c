// The whole output of a tool call, from the cached records: the conversation shows its end only.
import type { MachineId, SessionId } from "../../schema/index.ts";
import { knownItemOf } from "../../schema/index.ts";
import type { LiveCore } from "./core.ts";
import { refusalOf } from "./delivery.ts";
import type { Outcome } from "./model.ts";
import { toolUpdate } from "./timeline/acp-shapes.ts";
import { outputOf, streamedBy } from "./timeline/tool-fold.ts";

/** E_NOT_FOUND when no record of the newest run names the tool call. */
export async function toolOutput(
  core: LiveCore,
  machine: MachineId,
  session: SessionId,
  tool: string,
): Promise<Outcome<string>> {
  const log = core.machine(machine)?.log(session) ?? null;
  const newest = log?.newest ?? null;
  let [whole, streamed, isFound] = ["", "", false];
  const rows = log === null || newest === null ? [] : await log.records(newest.from, newest.to);
  for (const item of rows.flatMap(({ items }) => items)) {
    const known = knownItemOf(item);
    if (known?.k !== "acp" || !known.u.update.sessionUpdate.startsWith("tool_call")) continue;
    const update = toolUpdate.safeParse(known.u.update);
    if (!update.success || update.data.toolCallId !== tool) continue;
    isFound = true;
    whole = outputOf(update.data) ?? whole;
    streamed += streamedBy(update.data);
  }
  if (!isFound) return { ok: false, refusal: refusalOf("E_NOT_FOUND", null) };
  return { ok: true, data: whole === "" ? streamed : whole };
}

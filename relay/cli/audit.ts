// `kelpie doctor --audit`: the audit trail on stdout, as lines that prove themselves. For a file: `> audit.jsonl`.
import { AppError, parseShape, z } from "../../schema/index.ts";
import { kelpie } from "../command-name.ts";
import { callRelay } from "../control/control-client.ts";
import type { Caller } from "./session-commands.ts";

/** Prints the export; `since` is anything a date parser reads, all of it without one. E_SCHEMA for no date. */
export async function exportAudit({ terminal, socket }: Caller, since: string | undefined): Promise<void> {
  const from = since === undefined ? 0 : Date.parse(since);
  if (Number.isNaN(from)) {
    throw new AppError("E_SCHEMA", {
      reason: `${since ?? ""} is no date`,
      next: kelpie("doctor --audit --since 2026-01-31"),
    });
  }
  await callRelay(socket, "audit", { since: from }, { onEvent: (line) => terminal.out(parseShape(line, z.string())) });
}

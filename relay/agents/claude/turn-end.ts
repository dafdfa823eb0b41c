// How a `result` line ends a turn. The closing event decides, never the exit code (reference: "Exit codes and ends").
import type { TurnEnd, TurnUsage } from "../driver.ts";
import type { ResultLine } from "./wire.ts";

/** `spentUsd` is what earlier turns of the same process cost: claude's total adds up over the process. */
export function turnEndOf(line: ResultLine, spentUsd: number): TurnEnd {
  const usage = usageOf(line, spentUsd);
  if (!line.is_error) return { stop: stopOf(line.stop_reason), usage };
  if (line.terminal_reason?.startsWith("aborted")) return { stop: "cancelled", usage };
  if (line.subtype === "error_max_turns" || line.subtype === "error_max_budget_usd") {
    return { stop: "max_turn_requests", usage, error: errorText(line) };
  }
  return { stop: "error", usage, error: errorText(line) };
}

/** The vendor's own words. */
export function errorText(line: ResultLine): string {
  return line.result || (line.errors ?? []).join("\n") || line.subtype || "error";
}

function stopOf(reason: string | null | undefined): TurnEnd["stop"] {
  if (reason === "max_tokens" || reason === "refusal") return reason;
  return "end_turn";
}

function usageOf(line: ResultLine, spentUsd: number): TurnUsage {
  const { usage, total_cost_usd: total } = line;
  return {
    ...(usage
      ? {
          inputTokens: (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
          outputTokens: usage.output_tokens ?? 0,
          cachedTokens: usage.cache_read_input_tokens ?? 0,
        }
      : {}),
    ...(total === undefined ? {} : { costUsd: Math.max(0, total - spentUsd) }),
  };
}

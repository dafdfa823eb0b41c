// What a session/prompt answer says about the turn: why it stopped, what it cost, what went wrong in whose words.
import type { TurnEnd, TurnUsage } from "../driver.ts";
import type { RpcError } from "./json-rpc.ts";
import { promptResult, type PromptResult } from "./shapes.ts";
import { z } from "../../../schema/index.ts";

const stopReason = z.enum(["end_turn", "cancelled", "max_tokens", "max_turn_requests", "refusal"]);
const errorDetails = z.looseObject({ details: z.string() });

/** `costUsd` is what usage updates of this turn added up to, where the agent sends them. */
export function turnEndOf(answer: unknown, costUsd: number | undefined): TurnEnd {
  const parsed = promptResult.safeParse(answer);
  if (!parsed.success) return { stop: "error", error: "no stop reason" };
  const result = parsed.data;
  const stop = stopReason.safeParse(result.stopReason);
  const usage = usageOf(result, costUsd);
  return {
    ...(stop.success ? { stop: stop.data } : { stop: "error", error: `stop reason: ${result.stopReason}` }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** A refused prompt ends the turn and not the process. */
export function turnErrorOf(error: RpcError): TurnEnd {
  return { stop: "error", error: vendorWords(error) };
}

/** The vendor's own words. "Internal error" is JSON-RPC's name for the code; what happened is then in `details`. */
export function vendorWords(error: RpcError): string {
  const details = errorDetails.safeParse(error.data);
  return details.success && error.message === "Internal error" ? details.data.details : error.message;
}

function usageOf(result: PromptResult, costUsd: number | undefined): TurnUsage | undefined {
  const count = result.usage ?? result._meta?.quota?.token_count;
  const inputTokens = count?.inputTokens ?? count?.input_tokens;
  const outputTokens = count?.outputTokens ?? count?.output_tokens;
  const cachedTokens = count?.cachedReadTokens ?? count?.cachedInputTokens;
  const usage: TurnUsage = {
    ...(inputTokens == null ? {} : { inputTokens }),
    ...(outputTokens == null ? {} : { outputTokens }),
    ...(cachedTokens == null ? {} : { cachedTokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
  return Object.keys(usage).length === 0 ? undefined : usage;
}

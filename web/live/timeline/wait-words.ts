// What a settled wait is called, and who settled it. Pure.
import type { ItemOf, WaitAnswer, WaitRequest } from "../../../schema/index.ts";
import { isAppError, parseJson, WAIT_REQUESTS, type WaitKind } from "../../../schema/index.ts";

const OUTCOMES = {
  allow_once: "Approved",
  allow_always: "Always allowed",
  reject_once: "Denied",
  reject_always: "Denied",
} as const;

/** "Approved", "Denied", "Answered", "Withdrawn", … */
export function outcomeOf(request: WaitRequest | null, by: ItemOf<"waitdone">["by"], answer: WaitAnswer): string {
  if (answer.option !== undefined && (request?.kind === "permission" || request?.kind === "plan")) {
    const option = request.req.options.find(({ optionId }) => optionId === answer.option);
    if (option !== undefined) return OUTCOMES[option.kind];
  }
  const isEmpty = answer.option === undefined && answer.choices === undefined && answer.text === undefined;
  if (by === "agent") return "Withdrawn";
  if (by === "clock") return request?.kind === "limit" ? "Limit over" : "Timed out";
  return isEmpty ? "Dismissed" : "Answered";
}

/** The typed request of a wait's own string; null when this version cannot read it. */
export function readRequest(kind: WaitKind, req: string): WaitRequest | null {
  try {
    switch (kind) {
      case "permission":
        return { kind, req: parseJson(req, WAIT_REQUESTS.permission) };
      case "question":
        return { kind, req: parseJson(req, WAIT_REQUESTS.question) };
      case "plan":
        return { kind, req: parseJson(req, WAIT_REQUESTS.plan) };
      case "limit":
        return { kind, req: parseJson(req, WAIT_REQUESTS.limit) };
      case "login":
        return { kind, req: parseJson(req, WAIT_REQUESTS.login) };
      case "trust":
        return { kind, req: parseJson(req, WAIT_REQUESTS.trust) };
      case "terminal":
        return { kind, req: parseJson(req, WAIT_REQUESTS.terminal) };
    }
  } catch (error) {
    if (isAppError(error, "E_SCHEMA")) return null;
    throw error;
  }
}

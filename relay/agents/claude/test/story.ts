// Events told in a few words each, so that a test can state a whole run. Adjacent pieces of one message become one.
import { WAIT_REQUESTS } from "../../../../schema/index.ts";
import type { AgentEvent, AgentWait } from "../../driver.ts";
import type { ClaudeFact } from "../translate.ts";

/** The story of a translation, turns included. */
export function storyOf(facts: readonly ClaudeFact[]): string[] {
  const lines = facts.flatMap((fact) => {
    switch (fact.type) {
      case "event":
        return eventLines(fact.event);
      case "turn":
        return [
          `turn ${fact.end.stop}${fact.end.error ? `: ${fact.end.error}` : ""}${fact.isOurs ? "" : " (background)"}`,
        ];
      case "reply":
        return [`reply ${fact.id}${fact.error === undefined ? "" : `: ${fact.error}`}`];
      case "unsupported":
        return [`unsupported ${fact.subtype}`];
      case "garbage":
        return ["garbage"];
    }
  });
  return join(lines);
}

/** The story of what a session saw. */
export function storyOfEvents(events: readonly AgentEvent[]): string[] {
  return join(events.flatMap(eventLines));
}

function join(lines: readonly string[]): string[] {
  const joined: { head: string; pieces: string[] }[] = [];
  for (const line of lines) {
    const [head = "", piece] = line.split("\u0000");
    const last = joined.at(-1);
    if (piece !== undefined && last?.head === head && last.pieces.length > 0) last.pieces.push(piece);
    else joined.push({ head, pieces: piece === undefined ? [] : [piece] });
  }
  return joined.map(({ head, pieces }) =>
    pieces.length === 0 ? head : `${head.split(" ")[0] ?? ""} ${pieces.join("")}`,
  );
}

function eventLines(event: AgentEvent): string[] {
  switch (event.type) {
    case "opened":
      return [`opened ${event.model ?? "?"} ${event.mode ?? "?"}`];
    case "update":
      return [updateLine(event)];
    case "wait":
      return [`wait ${event.wait.kind} ${waitWords(event.wait)}`];
    case "withdrawn":
      return ["withdrawn"];
    case "note":
      return [`note ${event.code}: ${event.text}`];
    case "ended":
      return [`ended ${event.report.signal ?? event.report.code}${event.expected ? " as asked" : ""}`];
  }
}

function updateLine({ params: { update } }: Extract<AgentEvent, { type: "update" }>): string {
  switch (update.sessionUpdate) {
    case "agent_message_chunk":
    case "agent_thought_chunk": {
      const word = update.sessionUpdate === "agent_message_chunk" ? "text" : "thought";
      if (update._meta?.["kelpie"] !== undefined) return `void ${update.messageId}`;
      return `${word} ${update.messageId}\u0000${update.content.type === "text" ? update.content.text : "?"}`;
    }
    case "tool_call":
      return `tool ${update.title} (${update.kind}) ${update.status}${nested(update._meta)}`;
    case "tool_call_update": {
      const shown = (update.content ?? []).map((part) =>
        part.type === "diff"
          ? ` diff[${part.oldText ?? "∅"}→${part.newText}]`
          : part.type === "content" && part.content.type === "text"
            ? ` "${part.content.text.slice(0, 40)}"`
            : ` ${part.type}`,
      );
      return `  ${update.title ?? "…"} ${update.status}${shown.join("")}${nested(update._meta)}`;
    }
    case "usage_update":
      return `usage ${update.used} of ${update.size}`;
    case "current_mode_update":
      return `mode ${update.currentModeId}`;
    default:
      return update.sessionUpdate;
  }
}

function nested(meta: Record<string, unknown> | null | undefined): string {
  return JSON.stringify(meta ?? {}).includes("parentToolUseId") ? " (nested)" : "";
}

function waitWords({ kind, req }: AgentWait): string {
  const parsed = WAIT_REQUESTS[kind].parse(JSON.parse(req));
  if ("options" in parsed && Array.isArray(parsed.options)) return parsed.options.map(({ name }) => name).join("/");
  if ("questions" in parsed && Array.isArray(parsed.questions))
    return parsed.questions.map((q) => q.question).join("/");
  return "text" in parsed ? String(parsed.text) : "";
}

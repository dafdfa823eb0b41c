// What a session does now, or did last, in a few words: read from the updates as they pass. Pure.
import type { SessionNotification } from "@agentclientprotocol/sdk";
import type { PromptBlock } from "../../schema/index.ts";
import { LAST_CHARS, MADE_TITLE_CHARS } from "./session-limits.ts";

/** Follows one session's updates. */
export class LastWords {
  #message = "";

  /** The new words, or undefined when this update changes nothing worth a line. */
  take({ update }: SessionNotification): string | undefined {
    switch (update.sessionUpdate) {
      case "agent_message_chunk": {
        if (update.content.type !== "text") return undefined;
        // The first line is what is shown, so the rest of a long message need not be kept.
        if (this.#message.length < 4 * LAST_CHARS) this.#message += update.content.text;
        return firstLine(this.#message, LAST_CHARS) || undefined;
      }
      case "tool_call":
        this.#message = "";
        return firstLine(update.title, LAST_CHARS) || undefined;
      case "tool_call_update":
        return typeof update.title === "string" ? firstLine(update.title, LAST_CHARS) || undefined : undefined;
      case "plan": {
        const current = update.entries.find(({ status }) => status === "in_progress");
        return current === undefined ? undefined : firstLine(current.content, LAST_CHARS);
      }
      default:
        return undefined;
    }
  }

  /** A new turn begins: what follows is a new message. */
  reset(): void {
    this.#message = "";
  }
}

/** A title from the first prompt's first line. */
export function titleFrom(blocks: readonly PromptBlock[]): string {
  const text = blocks.find((block) => block.type === "text" && block.text?.trim())?.text ?? "";
  return firstLine(text, MADE_TITLE_CHARS) || "New session";
}

function firstLine(text: string, chars: number): string {
  const line = text
    .split("\n")
    .map((part) =>
      part
        .replace(/^[#>*\s-]+/, "")
        .replaceAll("**", "")
        .trim(),
    )
    .find((part) => part !== "");
  if (line === undefined) return "";
  const points = [...line];
  return points.length <= chars
    ? line
    : `${points
        .slice(0, chars - 1)
        .join("")
        .trimEnd()}…`;
}

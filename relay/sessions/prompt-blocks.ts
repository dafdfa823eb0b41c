// Content blocks on their way from a device to an agent.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { AppError, PROMPT_BYTES, type PromptBlock } from "../../schema/index.ts";

/** Throws E_SCHEMA for anything but text that says something, E_SIZE for too much of it. Other kinds come later. */
export function checkPrompt(blocks: readonly PromptBlock[]): void {
  const hasWords = blocks.some(({ text }) => text !== undefined && text.trim() !== "");
  const isText = blocks.every(({ type, text }) => type === "text" && text !== undefined);
  if (!isText || !hasWords) throw new AppError("E_SCHEMA", { reason: "a prompt is text" });
  if (Buffer.byteLength(JSON.stringify(blocks)) > PROMPT_BYTES) {
    throw new AppError("E_SIZE", { reason: "the prompt is too long", limitBytes: PROMPT_BYTES });
  }
}

/** Throws E_SCHEMA: a prompt must never reach the agent without what its person attached. */
export function refuseAttachments(bids: readonly unknown[] = []): void {
  if (bids.length === 0) return;
  throw new AppError("E_SCHEMA", {
    reason: "attachments",
    text: "This version cannot take attachments yet.",
    next: "Send the message without them.",
  });
}

/** As ACP writes it. */
export function toContent({ text = "" }: PromptBlock): ContentBlock {
  return { type: "text", text };
}

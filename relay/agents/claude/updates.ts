// The ACP session/update values that the claude driver makes. One place for their `_meta`, which screens rely on.
import type { SessionUpdate, ToolCallContent, ToolCallLocation } from "@agentclientprotocol/sdk";
import type { VoidBlock } from "./answer-blocks.ts";
import type { ToolOutcome } from "./tool-outcome.ts";
import { viewTool } from "./tool-view.ts";

type Meta = Record<string, unknown>;

/** A tool call's place: the Agent call it belongs to (subagents), under the key that the vendor's ACP adapter uses. */
function toolMeta(toolName: string | undefined, parent: string | undefined): { _meta?: Meta } {
  const claudeCode = {
    ...(toolName === undefined ? {} : { toolName }),
    ...(parent === undefined ? {} : { parentToolUseId: parent }),
  };
  return Object.keys(claudeCode).length === 0 ? {} : { _meta: { claudeCode } };
}

/** More of an answer or a thought. */
export function chunk(
  type: "text" | "thinking",
  messageId: string,
  text: string,
  parent: string | undefined,
): SessionUpdate {
  const sessionUpdate = type === "text" ? "agent_message_chunk" : "agent_thought_chunk";
  return { sessionUpdate, messageId, content: { type: "text", text }, ...toolMeta(undefined, parent) };
}

/**
 * Takes back what was streamed. Text: an empty chunk of that `messageId` with `_meta.kelpie.void: true`, which means:
 * drop every chunk of this messageId. Tool call: it ends as `failed`, with the same mark.
 */
export function voided(block: VoidBlock): SessionUpdate | undefined {
  const kelpie = { void: true };
  if (block.type !== "tool_use") {
    const empty = chunk(block.type, block.messageId, "", block.parent);
    return { ...empty, _meta: { ...empty._meta, kelpie } };
  }
  if (block.toolId === undefined) return undefined;
  return { sessionUpdate: "tool_call_update", toolCallId: block.toolId, status: "failed", _meta: { kelpie } };
}

/** A tool call of which only the name is known yet: its input is still being written. */
export function toolStarted(toolCallId: string, name: string, parent: string | undefined): SessionUpdate {
  const { kind, title } = viewTool(name, {});
  return {
    sessionUpdate: "tool_call",
    toolCallId,
    title,
    kind,
    status: "pending",
    ...toolMeta(name, parent),
  };
}

/** A tool call with all its input; `isKnown` when toolStarted was sent before. */
export function toolAnnounced(tool: {
  readonly toolCallId: string;
  readonly name: string;
  readonly input: unknown;
  readonly parent: string | undefined;
  readonly isKnown: boolean;
}): SessionUpdate {
  const { kind, title, content, locations } = viewTool(tool.name, tool.input);
  return {
    sessionUpdate: tool.isKnown ? "tool_call_update" : "tool_call",
    toolCallId: tool.toolCallId,
    title,
    kind,
    status: "in_progress",
    rawInput: tool.input,
    ...filled({ content, locations }),
    ...toolMeta(tool.name, tool.parent),
  };
}

function filled(lists: { content: ToolCallContent[]; locations: ToolCallLocation[] }): Partial<typeof lists> {
  return {
    ...(lists.content.length > 0 ? { content: lists.content } : {}),
    ...(lists.locations.length > 0 ? { locations: lists.locations } : {}),
  };
}

/** The end of a tool call. */
export function toolEnded(toolCallId: string, outcome: ToolOutcome, parent: string | undefined): SessionUpdate {
  return { sessionUpdate: "tool_call_update", toolCallId, ...outcome, ...toolMeta(undefined, parent) };
}

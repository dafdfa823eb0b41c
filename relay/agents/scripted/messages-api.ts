// The shape of the Anthropic Messages API, as far as a scripted answer needs it: reading a request, writing the events.
import type { ScriptBlock } from "./script.ts";
import { z } from "../../../schema/index.ts";

const content = z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.optional(z.string()) }))]);

const messagesRequest = z.looseObject({
  model: z.optional(z.string()),
  stream: z.optional(z.boolean()),
  messages: z.array(z.looseObject({ role: z.string(), content })),
});
/** The request body's fields that choose the answer. */
export type MessagesRequest = z.infer<typeof messagesRequest>;
export type ApiMessage = MessagesRequest["messages"][number];

/** Undefined for what is no such request. */
export function parseRequest(body: string): MessagesRequest | undefined {
  try {
    return messagesRequest.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The words of one message, of whatever blocks. */
export function textOf(message: ApiMessage): string {
  if (typeof message.content === "string") return message.content;
  return message.content.map((block) => block.text ?? "").join("\n");
}

interface AnswerFacts {
  /** Also the beginning of its tool calls' ids. */
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly ScriptBlock[];
}

/** One server-sent event, and how long to wait before it. */
export interface TimedEvent {
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly gapMs: number;
}

const USAGE = { input_tokens: 11, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 7 };

/** The whole answer as one JSON value, for a request that does not stream. */
export function wholeMessage({ id, model, blocks }: AnswerFacts): Readonly<Record<string, unknown>> {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: blocks.map((block, index) => wholeBlock(block, id, index)),
    stop_reason: stopReason(blocks),
    stop_sequence: null,
    usage: USAGE,
  };
}

/** The same as a stream of events. */
export function* messageEvents({ id, model, blocks }: AnswerFacts): Generator<TimedEvent> {
  const message = {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  yield now({ type: "message_start", message: { ...message, usage: { ...USAGE, output_tokens: 1 } } });
  for (const [index, block] of blocks.entries()) yield* blockEvents(block, id, index);
  const delta = { stop_reason: stopReason(blocks), stop_sequence: null };
  yield now({ type: "message_delta", delta, usage: USAGE });
  yield now({ type: "message_stop" });
}

function* blockEvents(block: ScriptBlock, id: string, index: number): Generator<TimedEvent> {
  yield now({ type: "content_block_start", index, content_block: emptyBlock(block, id, index) });
  for (const { delta, gapMs } of deltasOf(block)) {
    yield { event: { type: "content_block_delta", index, delta }, gapMs };
  }
  if ("thinking" in block) {
    yield now({ type: "content_block_delta", index, delta: { type: "signature_delta", signature: "ZmFrZQ==" } });
  }
  yield now({ type: "content_block_stop", index });
}

function deltasOf(block: ScriptBlock): { delta: Readonly<Record<string, unknown>>; gapMs: number }[] {
  if ("tool" in block) {
    return [{ delta: { type: "input_json_delta", partial_json: JSON.stringify(block.input) }, gapMs: 0 }];
  }
  if ("thinking" in block) {
    return pieces(block.thinking, block.chunkChars).map((thinking) => ({
      delta: { type: "thinking_delta", thinking },
      gapMs: 0,
    }));
  }
  return pieces(block.text, block.chunkChars).map((text) => ({
    delta: { type: "text_delta", text },
    gapMs: block.gapMs ?? 0,
  }));
}

/** Whole characters, so that no piece ends inside a surrogate pair. */
function pieces(text: string, chunkChars = 40): string[] {
  const found: string[] = [];
  let piece = "";
  for (const character of text) {
    piece += character;
    if (piece.length < chunkChars) continue;
    found.push(piece);
    piece = "";
  }
  return piece === "" ? found : [...found, piece];
}

function emptyBlock(block: ScriptBlock, id: string, index: number): Readonly<Record<string, unknown>> {
  if ("tool" in block) return { type: "tool_use", id: toolId(id, index), name: block.tool, input: {} };
  return "thinking" in block ? { type: "thinking", thinking: "", signature: "" } : { type: "text", text: "" };
}

function wholeBlock(block: ScriptBlock, id: string, index: number): Readonly<Record<string, unknown>> {
  if ("tool" in block) return { type: "tool_use", id: toolId(id, index), name: block.tool, input: block.input };
  if ("thinking" in block) return { type: "thinking", thinking: block.thinking, signature: "ZmFrZQ==" };
  return { type: "text", text: block.text };
}

function toolId(messageId: string, index: number): string {
  return `toolu_${messageId.replace("msg_", "")}_${index}`;
}

function stopReason(blocks: readonly ScriptBlock[]): "tool_use" | "end_turn" {
  return blocks.some((block) => "tool" in block) ? "tool_use" : "end_turn";
}

function now(event: TimedEvent["event"]): TimedEvent {
  return { event, gapMs: 0 };
}

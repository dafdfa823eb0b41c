// What a tool gave back, in ACP words. Knows nothing of turns.
import type { ToolCallContent, ToolCallLocation } from "@agentclientprotocol/sdk";
import { textContent } from "./tool-view.ts";
import type { ToolResultBlock } from "./wire.ts";
import { z } from "../../../schema/index.ts";

/** How a tool call ended. Without `content` what was announced still holds (a diff that was applied as asked). */
export interface ToolOutcome {
  readonly status: "completed" | "failed";
  readonly content?: ToolCallContent[];
  readonly locations?: ToolCallLocation[];
}

const editedFile = z.looseObject({
  filePath: z.string(),
  originalFile: z.nullable(z.string()),
  content: z.optional(z.string()),
  structuredPatch: z.array(z.looseObject({ newStart: z.number(), lines: z.array(z.string()) })),
});
type EditedFile = z.infer<typeof editedFile>;

/**
 * `detail` is the line's `tool_use_result`; for an edit it holds what really happened, which may differ from what was
 * asked (the user may have changed the text).
 */
export function readOutcome(block: ToolResultBlock, detail: unknown): ToolOutcome {
  if (block.is_error === true) return { status: "failed", content: contentOf(block.content) };
  const edited = editedFile.safeParse(detail);
  if (edited.success) return { status: "completed", ...editOutcome(edited.data) };
  const content = contentOf(block.content);
  return content.length > 0 ? { status: "completed", content } : { status: "completed" };
}

function editOutcome(file: EditedFile): Pick<ToolOutcome, "content" | "locations"> {
  const path = file.filePath;
  if (file.originalFile === null) {
    return file.content === undefined
      ? {}
      : { content: [{ type: "diff", path, oldText: null, newText: file.content }], locations: [{ path }] };
  }
  if (file.structuredPatch.length === 0) return {};
  return {
    content: file.structuredPatch.map(({ lines }) => ({
      type: "diff",
      path,
      oldText: side(lines, "-"),
      newText: side(lines, "+"),
    })),
    locations: file.structuredPatch.map(({ newStart }) => ({ path, line: newStart })),
  };
}

/** One side of a hunk: the lines both sides have and those of this side. Markers such as "\ No newline" belong to none. */
function side(lines: readonly string[], own: "-" | "+"): string {
  return lines
    .filter((line) => line.startsWith(" ") || line.startsWith(own))
    .map((line) => line.slice(1))
    .join("\n");
}

const part = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
  source: z.optional(z.looseObject({ media_type: z.optional(z.string()), data: z.optional(z.string()) })),
});

function contentOf(content: unknown): ToolCallContent[] {
  if (typeof content === "string") return content === "" ? [] : [textContent(content)];
  const parts = z.array(part).safeParse(content);
  return parts.success ? parts.data.flatMap(partContent) : [];
}

function partContent(found: z.infer<typeof part>): ToolCallContent[] {
  if (found.type === "text" && found.text) return [textContent(found.text)];
  const { data, media_type: mimeType } = found.source ?? {};
  if (found.type === "image" && data && mimeType) {
    return [{ type: "content", content: { type: "image", data, mimeType } }];
  }
  return [];
}

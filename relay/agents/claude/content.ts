// ACP content blocks of a prompt as the content of a claude user message.
import type { ContentBlock } from "@agentclientprotocol/sdk";
import { AppError } from "../../../schema/index.ts";

type UserBlock =
  | { type: "text"; text: string }
  | { type: "image"; source: { type: "base64"; media_type: string; data: string } };

/** Throws E_SCHEMA for kinds claude cannot take (audio) and for an empty prompt. */
export function userContent(blocks: readonly ContentBlock[]): UserBlock[] {
  if (blocks.length === 0) throw new AppError("E_SCHEMA", { reason: "empty-prompt" });
  return blocks.map(userBlock);
}

function userBlock(block: ContentBlock): UserBlock {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "image":
      return { type: "image", source: { type: "base64", media_type: block.mimeType, data: block.data } };
    case "resource_link":
      return { type: "text", text: `@${pathOf(block.uri)}` };
    case "resource": {
      const { resource } = block;
      if (!("text" in resource)) throw new AppError("E_SCHEMA", { reason: "binary-resource" });
      return { type: "text", text: `<file path="${pathOf(resource.uri)}">\n${resource.text}\n</file>` };
    }
    case "audio":
      throw new AppError("E_SCHEMA", { reason: "no-audio" });
  }
}

/** A file's path where it is one; anything else as it is. */
function pathOf(uri: string): string {
  return uri.startsWith("file://") ? decodeURIComponent(new URL(uri).pathname) : uri;
}

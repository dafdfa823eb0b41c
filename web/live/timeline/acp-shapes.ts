// The parts of ACP session/update values that the conversation shows. Everything is optional: agents differ.
import { z } from "../../../schema/index.ts";

/** A field of another shape than expected counts as absent. */
const lenient = <T extends z.ZodMiniType>(shape: T) => z.catch(z.optional(z.nullable(shape)), undefined);

const block = z.looseObject({ type: z.string(), text: lenient(z.string()) });

const meta = z.looseObject({
  kelpie: lenient(z.looseObject({ void: lenient(z.boolean()) })),
  claudeCode: lenient(z.looseObject({ parentToolUseId: lenient(z.string()) })),
  terminal_output_delta: lenient(z.looseObject({ data: z.string() })),
  terminal_output: lenient(z.looseObject({ data: z.string() })),
});

export const chunkUpdate = z.looseObject({
  messageId: lenient(z.string()),
  content: lenient(block),
  _meta: lenient(meta),
});

const toolContent = z.looseObject({
  type: z.string(),
  content: lenient(block),
  path: lenient(z.string()),
  oldText: lenient(z.string()),
  newText: lenient(z.string()),
});

export const toolUpdate = z.looseObject({
  toolCallId: z.string(),
  title: lenient(z.string()),
  kind: lenient(z.string()),
  status: lenient(z.enum(["pending", "in_progress", "completed", "failed"])),
  locations: lenient(z.array(z.looseObject({ path: z.string() }))),
  rawInput: lenient(z.looseObject({ command: z.optional(z.unknown()), cmd: z.optional(z.unknown()) })),
  rawOutput: z.optional(z.unknown()),
  content: lenient(z.array(toolContent)),
  _meta: lenient(meta),
});
export type ToolUpdate = z.infer<typeof toolUpdate>;

export const planUpdate = z.looseObject({
  entries: z.array(
    z.looseObject({
      content: z.string(),
      status: z.catch(z.enum(["pending", "in_progress", "completed"]), "pending"),
    }),
  ),
});

export const modeUpdate = z.looseObject({ currentModeId: z.string() });

/** Updates that change nothing in the conversation: the head tells them, or nobody needs them. */
export const SILENT_UPDATES: ReadonlySet<string> = new Set([
  "available_commands_update",
  "config_option_update",
  "session_info_update",
  "state_update",
  "terminal_update",
  "usage_update",
  "user_message",
  "user_message_chunk",
]);

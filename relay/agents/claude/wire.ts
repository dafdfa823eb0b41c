// The lines claude writes in stream-json mode, as far as Kelpie reads them (reference: claude 2.1.329, 2026-11-20). The
// only place where its text becomes values. Everything optional: the vendor adds kinds and fields often, without notice.
import { AGENT_JSON_DEPTH, isAppError, readJson, z } from "../../../schema/index.ts";

const record = z.record(z.string(), z.unknown());
const parent = z.optional(z.nullable(z.string()));

const streamEvent = z.looseObject({
  type: z.literal("stream_event"),
  parent_tool_use_id: parent,
  api_message_id: z.optional(z.string()),
  event: z.looseObject({
    type: z.string(),
    index: z.optional(z.number()),
    message: z.optional(z.looseObject({ id: z.optional(z.string()) })),
    content_block: z.optional(
      z.looseObject({ type: z.string(), id: z.optional(z.string()), name: z.optional(z.string()) }),
    ),
    delta: z.optional(
      z.looseObject({
        type: z.optional(z.string()),
        text: z.optional(z.string()),
        thinking: z.optional(z.string()),
      }),
    ),
  }),
});

const contentBlock = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
  thinking: z.optional(z.string()),
  id: z.optional(z.string()),
  name: z.optional(z.string()),
  input: z.optional(z.unknown()),
});
/** One content block of an `assistant` line. */
export type AssistantBlock = z.infer<typeof contentBlock>;

const usage = z.looseObject({
  input_tokens: z.optional(z.nullable(z.number())),
  output_tokens: z.optional(z.nullable(z.number())),
  cache_read_input_tokens: z.optional(z.nullable(z.number())),
  cache_creation_input_tokens: z.optional(z.nullable(z.number())),
});
export type WireUsage = z.infer<typeof usage>;

const assistant = z.looseObject({
  type: z.literal("assistant"),
  parent_tool_use_id: parent,
  is_api_error_message: z.optional(z.boolean()),
  error: z.optional(z.string()),
  api_error_status: z.optional(z.nullable(z.number())),
  message: z.looseObject({
    id: z.string(),
    model: z.optional(z.string()),
    content: z.array(contentBlock),
    usage: z.optional(z.nullable(usage)),
  }),
});

const toolResult = z.looseObject({
  type: z.string(),
  tool_use_id: z.optional(z.string()),
  content: z.optional(z.unknown()),
  is_error: z.optional(z.nullable(z.boolean())),
});
export type ToolResultBlock = z.infer<typeof toolResult>;

const user = z.looseObject({
  type: z.literal("user"),
  parent_tool_use_id: parent,
  message: z.looseObject({ content: z.union([z.string(), z.array(toolResult)]) }),
  tool_use_result: z.optional(z.unknown()),
});

const result = z.looseObject({
  type: z.literal("result"),
  subtype: z.optional(z.string()),
  is_error: z.boolean(),
  session_id: z.optional(z.string()),
  stop_reason: z.optional(z.nullable(z.string())),
  terminal_reason: z.optional(z.nullable(z.string())),
  result: z.optional(z.nullable(z.string())),
  errors: z.optional(z.array(z.string())),
  total_cost_usd: z.optional(z.number()),
  usage: z.optional(z.nullable(usage)),
  modelUsage: z.optional(z.record(z.string(), z.looseObject({ contextWindow: z.optional(z.number()) }))),
  /** Present when the turn was not started by the user, for example by a background task that ended. */
  origin: z.optional(z.nullable(z.looseObject({ kind: z.optional(z.string()) }))),
});
export type ResultLine = z.infer<typeof result>;

const system = z.looseObject({
  type: z.literal("system"),
  subtype: z.string(),
  session_id: z.optional(z.string()),
  model: z.optional(z.string()),
  permissionMode: z.optional(z.nullable(z.string())),
  attempt: z.optional(z.number()),
  max_retries: z.optional(z.number()),
  retry_delay_ms: z.optional(z.number()),
  error_status: z.optional(z.nullable(z.number())),
  error: z.optional(z.string()),
  content: z.optional(z.string()),
  level: z.optional(z.string()),
  compact_error: z.optional(z.nullable(z.string())),
  compact_metadata: z.optional(
    z.looseObject({ pre_tokens: z.optional(z.number()), post_tokens: z.optional(z.number()) }),
  ),
});
export type SystemLine = z.infer<typeof system>;

const rateLimit = z.looseObject({
  type: z.literal("rate_limit_event"),
  rate_limit_info: z.looseObject({
    status: z.optional(z.string()),
    /** Epoch seconds; there when the provider sends its rate limit headers. */
    resetsAt: z.optional(z.nullable(z.number())),
  }),
});

const suggestion = z.looseObject({ type: z.string() });
/** One change of rules that claude offers together with a question for permission; echoed back, hardly read. */
export type Suggestion = z.infer<typeof suggestion>;

const canUseTool = z.looseObject({
  subtype: z.literal("can_use_tool"),
  tool_name: z.string(),
  input: record,
  description: z.optional(z.string()),
  tool_use_id: z.string(),
  permission_suggestions: z.optional(z.array(suggestion)),
});
export type CanUseTool = z.infer<typeof canUseTool>;

const controlRequest = z.looseObject({
  type: z.literal("control_request"),
  request_id: z.string(),
  request: z.union([canUseTool, z.looseObject({ subtype: z.string() })]),
});

const controlCancel = z.looseObject({ type: z.literal("control_cancel_request"), request_id: z.string() });

const controlResponse = z.looseObject({
  type: z.literal("control_response"),
  response: z.looseObject({
    subtype: z.string(),
    request_id: z.string(),
    response: z.optional(z.unknown()),
    error: z.optional(z.string()),
  }),
});

/** The answer to our `initialize`: what a person may choose from. */
export const initializeReply = z.looseObject({
  models: z.optional(z.array(z.looseObject({ value: z.string(), displayName: z.optional(z.string()) }))),
  claude_code_version: z.optional(z.string()),
  current_permission_mode: z.optional(z.string()),
});

const KINDS = {
  stream_event: streamEvent,
  assistant,
  user,
  result,
  system,
  rate_limit_event: rateLimit,
  control_request: controlRequest,
  control_cancel_request: controlCancel,
  control_response: controlResponse,
} as const;

type Known = z.infer<(typeof KINDS)[keyof typeof KINDS]>;

/** A line of a kind we read, or why we do not: `unknown` kinds are ignored on purpose, `garbage` is worth a log line. */
export type ClaudeLine = Known | { readonly type: "unknown"; readonly kind: string } | { readonly type: "garbage" };

/** True when the request asks a person something, rather than asking us for a service. */
export function isCanUseTool(request: { readonly subtype: string }): request is CanUseTool {
  return canUseTool.safeParse(request).success;
}

/** Never throws. A line of a known kind in an unknown shape is `garbage`. */
export function parseLine(text: string): ClaudeLine {
  let value: unknown;
  try {
    value = readJson(text, AGENT_JSON_DEPTH);
  } catch (error) {
    // Not JSON: a warning some wrapper printed, or the cut end of a dying process. Nothing can be read from it.
    if (isAppError(error, "E_SCHEMA")) return { type: "garbage" };
    throw error;
  }
  const head = z.looseObject({ type: z.string() }).safeParse(value);
  if (!head.success) return { type: "garbage" };
  const { type } = head.data;
  if (!isKind(type)) return { type: "unknown", kind: type };
  const parsed = KINDS[type].safeParse(value);
  return parsed.success ? parsed.data : { type: "garbage" };
}

function isKind(type: string): type is keyof typeof KINDS {
  return Object.hasOwn(KINDS, type);
}

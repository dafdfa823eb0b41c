// Validators for the few fields of ACP v1 that the driver itself reads. Everything else passes through untouched.
import type { SessionNotification } from "@agentclientprotocol/sdk";
import { permissionRequest, z } from "../../../schema/index.ts";

const absent = <T extends z.ZodMiniType>(type: T) => z.optional(z.nullable(type));

export const initializeResult = z.looseObject({
  protocolVersion: z.number(),
  agentInfo: absent(z.looseObject({ version: z.string() })),
  agentCapabilities: absent(
    z.looseObject({
      loadSession: absent(z.boolean()),
      sessionCapabilities: absent(z.looseObject({ resume: z.optional(z.unknown()) })),
    }),
  ),
});
export type InitializeResult = z.infer<typeof initializeResult>;

const configValue = z.looseObject({ value: z.string(), name: z.string() });
const configValues = z.union([z.array(configValue), z.array(z.looseObject({ options: z.array(configValue) }))]);
const configOption = z.looseObject({
  id: z.string(),
  category: absent(z.string()),
  currentValue: z.optional(z.unknown()),
  options: z.optional(configValues),
});
export type ConfigOption = z.infer<typeof configOption>;

/** What session/new, session/load and session/resume answer; `models` is older than configOptions and still in use. */
export const sessionResult = z.looseObject({
  sessionId: absent(z.string()),
  modes: absent(
    z.looseObject({
      currentModeId: z.string(),
      availableModes: z.array(z.looseObject({ id: z.string(), name: z.string() })),
    }),
  ),
  models: absent(
    z.looseObject({
      currentModelId: z.string(),
      availableModels: z.array(z.looseObject({ modelId: z.string(), name: z.string() })),
    }),
  ),
  configOptions: absent(z.array(configOption)),
});
export type SessionResult = z.infer<typeof sessionResult>;

const tokenCount = z.looseObject({
  inputTokens: absent(z.number()),
  input_tokens: absent(z.number()),
  outputTokens: absent(z.number()),
  output_tokens: absent(z.number()),
  cachedReadTokens: absent(z.number()),
  cachedInputTokens: absent(z.number()),
});
export type TokenCount = z.infer<typeof tokenCount>;

export const promptResult = z.looseObject({
  stopReason: z.string(),
  usage: absent(tokenCount),
  _meta: absent(z.looseObject({ quota: absent(z.looseObject({ token_count: absent(tokenCount) })) })),
});
export type PromptResult = z.infer<typeof promptResult>;

export const usageUpdate = z.looseObject({
  cost: absent(z.looseObject({ amount: z.number(), currency: z.string() })),
});
export const noticeUpdate = z.looseObject({ title: z.string(), description: absent(z.string()) });
export const currentModeUpdate = z.looseObject({ currentModeId: z.string() });
export const configOptionUpdate = z.looseObject({ configOptions: z.array(configOption) });
export const cancelRequest = z.looseObject({ requestId: z.union([z.string(), z.number()]) });
/** `_auth/status_update`, an extension notification of codex-acp and claude-agent-acp; kind "none" means logged out. */
export const authStatusUpdate = z.looseObject({ authStatus: z.looseObject({ kind: z.string(), label: z.string() }) });
export const permissionParams = permissionRequest;

/**
 * `_kelpie/limit`, an extension request from the agent to us: it waits on a usage limit. `until` is epoch milliseconds.
 * Answered `{outcome: "ended"}` at that time, `{outcome: "continue"}` when a person says so, `{outcome: "cancelled"}`.
 */
export const LIMIT_METHOD = "_kelpie/limit";
export const limitParams = z.looseObject({ sessionId: z.string(), text: z.string(), until: z.optional(z.number()) });

const notification = z.looseObject({ sessionId: z.string(), update: z.looseObject({ sessionUpdate: z.string() }) });

/** True for session/update params of any kind, known to the SDK or not: unknown kinds are kept for the screens. */
export function isSessionNotification(params: unknown): params is SessionNotification {
  return notification.safeParse(params).success;
}

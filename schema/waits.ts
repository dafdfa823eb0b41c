// What blocks a session until a person or a clock answers. `req` travels as a string serialised once by the relay, so
// that the digest covers exactly what a device shows.
import { z } from "./zod.ts";

/** Every kind of wait; adding one is adding a screen for it. */
export const WAIT_KINDS = ["permission", "question", "plan", "limit", "login", "trust", "terminal"] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

/** One way to answer. `kind` decides the button; `optionId` is only echoed back (never choose by id). */
export const waitOption = z.object({
  optionId: z.string(),
  name: z.string(),
  kind: z.enum(["allow_once", "allow_always", "reject_once", "reject_always"]),
});
export type WaitOption = z.infer<typeof waitOption>;

/** The tool call that asks: the fields of ACP's ToolCallUpdate that a screen shows. Unknown fields are kept. */
export const waitToolCall = z.looseObject({
  toolCallId: z.string(),
  title: z.optional(z.nullable(z.string())),
  kind: z.optional(z.nullable(z.string())),
  rawInput: z.optional(z.unknown()),
  content: z.optional(z.nullable(z.array(z.looseObject({ type: z.string() })))),
  locations: z.optional(z.nullable(z.array(z.looseObject({ path: z.string() })))),
});

/** `permission`: ACP session/request_permission params. */
export const permissionRequest = z.looseObject({ toolCall: waitToolCall, options: z.array(waitOption) });
/** `plan`: a plan in Markdown, to accept or send back. */
export const planRequest = z.looseObject({ plan: z.string(), options: z.array(waitOption) });
/** `question`: answered by `choices` (indices per question) and optional free text. */
export const questionRequest = z.looseObject({
  questions: z.array(
    z.looseObject({
      question: z.string(),
      header: z.optional(z.string()),
      multiSelect: z.optional(z.boolean()),
      options: z.array(z.looseObject({ label: z.string(), description: z.optional(z.string()) })),
    }),
  ),
});
/** `limit`: a usage limit; `text` is the vendor's own words. `until` of the wait says when it ends. */
export const limitRequest = z.looseObject({ text: z.string() });
/** `login`: the agent is logged out; `command` is what to run on the machine. */
export const loginRequest = z.looseObject({ text: z.string(), command: z.optional(z.string()) });
/** `trust`: files of the project that can start programs, by path, with their content as shown. */
export const trustRequest = z.looseObject({
  root: z.string(),
  digest: z.string(),
  files: z.array(z.looseObject({ path: z.string(), change: z.enum(["new", "changed", "removed"]), text: z.string() })),
});
/** `terminal`: something we cannot render; open the terminal. */
export const terminalRequest = z.looseObject({ text: z.string() });

/** Validators of the parsed `req`, by kind. */
export const WAIT_REQUESTS = {
  permission: permissionRequest,
  question: questionRequest,
  plan: planRequest,
  limit: limitRequest,
  login: loginRequest,
  trust: trustRequest,
  terminal: terminalRequest,
} as const satisfies Record<WaitKind, z.ZodMiniType>;

export type PermissionRequest = z.infer<typeof permissionRequest>;
export type PlanRequest = z.infer<typeof planRequest>;
export type QuestionRequest = z.infer<typeof questionRequest>;
export type LimitRequest = z.infer<typeof limitRequest>;
export type LoginRequest = z.infer<typeof loginRequest>;
export type TrustRequest = z.infer<typeof trustRequest>;
export type TerminalRequest = z.infer<typeof terminalRequest>;

/** A wait's kind with its parsed request. */
export type WaitRequest =
  | { kind: "permission"; req: PermissionRequest }
  | { kind: "question"; req: QuestionRequest }
  | { kind: "plan"; req: PlanRequest }
  | { kind: "limit"; req: LimitRequest }
  | { kind: "login"; req: LoginRequest }
  | { kind: "trust"; req: TrustRequest }
  | { kind: "terminal"; req: TerminalRequest };

/** What a person answers: an option's id, or indices per question, and words (refusal reason, free answer). */
export const waitAnswer = z.strictObject({
  option: z.optional(z.string().check(z.maxLength(64))),
  choices: z.optional(
    z.array(z.array(z.int().check(z.gte(0), z.lte(999))).check(z.maxLength(64))).check(z.maxLength(64)),
  ),
  text: z.optional(z.string().check(z.maxLength(8192))),
});
export type WaitAnswer = z.infer<typeof waitAnswer>;

// What the command line and the running relay say to each other: one JSON object per line, both ways, over the Unix
// socket whose folder only this user can enter.
import { z, type ErrorCode } from "../../schema/index.ts";

/** One request; `id` comes back in every line that answers it. */
export const controlRequest = z.object({
  id: z.int(),
  method: z.string().check(z.maxLength(64)),
  params: z.optional(z.unknown()),
});
export type ControlRequest = z.infer<typeof controlRequest>;

/** One line of an answer: any number of `event`s, then `done` or `error`. */
export const controlAnswer = z.discriminatedUnion("kind", [
  z.object({ id: z.int(), kind: z.literal("event"), data: z.unknown() }),
  z.object({ id: z.int(), kind: z.literal("done"), data: z.unknown() }),
  z.object({
    id: z.int(),
    kind: z.literal("error"),
    code: z.string(),
    reason: z.optional(z.string()),
    next: z.optional(z.string()),
    text: z.optional(z.string()),
  }),
]);
export type ControlAnswer = z.infer<typeof controlAnswer>;

/** A refusal as it travels; a defect says E_INTERNAL and nothing else. */
export interface ControlError {
  readonly code: ErrorCode;
  readonly reason?: string;
  readonly next?: string;
  readonly text?: string;
}

/** A line may hold a prompt or a page of records. */
export const CONTROL_LINE_BYTES = 8 * 1024 * 1024;

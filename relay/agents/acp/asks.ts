// What an agent asks us, turned into a wait; and a person's answer turned into what the agent expects. Pure.
import { AppError, type PlanRequest, type WaitAnswer, type WaitKind, z } from "../../../schema/index.ts";
import { contentOf, elicitationParams, questionsOf } from "./elicitation.ts";
import { LIMIT_METHOD, limitParams, permissionParams } from "./shapes.ts";

/** A request of the agent that only a person or a clock can answer. */
export interface Ask {
  readonly kind: WaitKind;
  readonly req: string;
  /** Epoch ms at which the clock answers with `onTime`. */
  readonly until?: number;
  readonly onTime?: unknown;
  /** The result to send; throws E_SCHEMA when the answer does not fit. */
  resultOf(answer: WaitAnswer): unknown;
  /** The result to send when the turn is cancelled. */
  readonly cancelled: unknown;
}

/** Methods that become waits; any other request of an agent is refused as unknown. */
export const ASK_METHODS: ReadonlyMap<string, (params: unknown) => Ask | undefined> = new Map([
  ["session/request_permission", permissionAsk],
  ["elicitation/create", questionAsk],
  [LIMIT_METHOD, limitAsk],
]);

const CANCELLED = { outcome: { outcome: "cancelled" } };

function permissionAsk(params: unknown): Ask | undefined {
  const parsed = permissionParams.safeParse(params);
  if (!parsed.success) return undefined;
  const { toolCall, options } = parsed.data;
  const plan = planOf(toolCall);
  const request: PlanRequest | undefined = plan === undefined ? undefined : { plan, options };
  return {
    kind: request === undefined ? "permission" : "plan",
    req: JSON.stringify(request ?? params),
    resultOf: ({ option }) => {
      // Chosen by the person from what was offered; never by guessing at an id.
      if (!options.some((offered) => offered.optionId === option)) throw new AppError("E_SCHEMA", { reason: "option" });
      return { outcome: { outcome: "selected", optionId: option } };
    },
    cancelled: CANCELLED,
  };
}

const planInput = z.looseObject({ plan: z.string() });
const textContent = z.looseObject({ content: z.looseObject({ type: z.literal("text"), text: z.string() }) });

/** The plan in Markdown, when leaving a planning mode is what the agent asks for. */
function planOf(toolCall: z.infer<typeof permissionParams>["toolCall"]): string | undefined {
  const input = planInput.safeParse(toolCall.rawInput);
  if (input.success) return input.data.plan;
  if (toolCall.kind !== "switch_mode") return undefined;
  const texts = (toolCall.content ?? []).flatMap((part) => {
    const text = textContent.safeParse(part);
    return text.success ? [text.data.content.text] : [];
  });
  return texts.length > 0 ? texts.join("\n\n") : (toolCall.title ?? "");
}

function questionAsk(params: unknown): Ask | undefined {
  const parsed = elicitationParams.safeParse(params);
  if (!parsed.success) return undefined;
  const form = parsed.data;
  return {
    kind: "question",
    req: JSON.stringify(questionsOf(form)),
    // An option in the place of choices says no: a question has none of its own (ACP elicitation, November 2026).
    resultOf: (answer) =>
      answer.option === undefined ? { action: "accept", content: contentOf(form, answer) } : { action: "decline" },
    cancelled: { action: "cancel" },
  };
}

function limitAsk(params: unknown): Ask | undefined {
  const parsed = limitParams.safeParse(params);
  if (!parsed.success) return undefined;
  const { text, until } = parsed.data;
  return {
    kind: "limit",
    req: JSON.stringify({ text }),
    ...(until === undefined ? {} : { until, onTime: { outcome: "ended" } }),
    resultOf: () => ({ outcome: "continue" }),
    cancelled: { outcome: "cancelled" },
  };
}

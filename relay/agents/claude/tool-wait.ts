// Claude's can_use_tool requests as waits, and answers to them as claude's decisions. No I/O.
import type { AgentWait } from "../driver.ts";
import { AppError, type WaitAnswer, type WaitOption, z } from "../../../schema/index.ts";
import { viewTool } from "./tool-view.ts";
import type { CanUseTool, Suggestion } from "./wire.ts";

const APPROVE: WaitOption = { optionId: "approve", name: "Approve", kind: "allow_once" };
const ALWAYS: WaitOption = { optionId: "always", name: "Always allow", kind: "allow_always" };
const DENY: WaitOption = { optionId: "deny", name: "Deny", kind: "reject_once" };

/** What claude gets back. */
export type Decision =
  | { behavior: "allow"; updatedInput: Record<string, unknown>; updatedPermissions?: Suggestion[] }
  | { behavior: "deny"; message: string };

const questions = z.array(
  z.looseObject({
    question: z.string(),
    multiSelect: z.optional(z.boolean()),
    options: z.array(z.looseObject({ label: z.string() })),
  }),
);
type Question = z.infer<typeof questions>[number];

interface Asked {
  readonly key: string;
  readonly sessionId: string;
  readonly request: CanUseTool;
  /** The plan as the model gave it to the tool; claude leaves it out of the request when there is no plan file. */
  readonly announcedPlan: string | undefined;
}

/** One wait per request: `question` and `plan` for the two tools that are questions in themselves, else `permission`. */
export function waitOf({ key, sessionId, request, announcedPlan }: Asked): AgentWait {
  const toolCallId = request.tool_use_id;
  if (request.tool_name === "AskUserQuestion" && readQuestions(request) !== undefined) {
    return { key, kind: "question", req: JSON.stringify({ questions: request.input["questions"], toolCallId }) };
  }
  if (request.tool_name === "ExitPlanMode") {
    const { plan } = request.input;
    const text = typeof plan === "string" ? plan : (announcedPlan ?? "");
    return { key, kind: "plan", req: JSON.stringify({ plan: text, options: [APPROVE, DENY], toolCallId }) };
  }
  const { kind, title, content, locations } = viewTool(request.tool_name, request.input);
  const always = lastingChanges(request);
  const options = always.length > 0 ? [APPROVE, ALWAYS, DENY] : [APPROVE, DENY];
  const toolCall = { toolCallId, title, kind, rawInput: request.input, content, locations };
  // `always` tells in words what "Always allow" would allow, for this session.
  const req = { sessionId, toolCall, options, always: always.flatMap(describe) };
  return { key, kind: "permission", req: JSON.stringify(req) };
}

/** Throws E_SCHEMA when the answer does not fit the request. */
export function decide(request: CanUseTool, answer: WaitAnswer): Decision {
  const asked = request.tool_name === "AskUserQuestion" ? readQuestions(request) : undefined;
  if (asked !== undefined) {
    const answers = answersTo(asked, answer);
    if (answer.option === DENY.optionId || Object.keys(answers).length === 0) return deny(answer);
    return { behavior: "allow", updatedInput: { ...request.input, answers } };
  }
  switch (answer.option) {
    case APPROVE.optionId:
      return { behavior: "allow", updatedInput: request.input };
    case ALWAYS.optionId: {
      const changes = request.tool_name === "ExitPlanMode" ? [] : lastingChanges(request);
      if (changes.length === 0) throw new AppError("E_SCHEMA", { reason: "option-not-offered" });
      return { behavior: "allow", updatedInput: request.input, updatedPermissions: changes };
    }
    case DENY.optionId:
      return deny(answer);
    default:
      throw new AppError("E_SCHEMA", { reason: "no-such-option" });
  }
}

function deny(answer: WaitAnswer): Decision {
  return { behavior: "deny", message: answer.text || "The user said no to this." };
}

/**
 * What "Always allow" sends back: claude's own suggestions, for this session only (other destinations write settings
 * files that outlive it). The change of mode it offers beside a rule is left out: it would allow far more than was asked.
 */
function lastingChanges(request: CanUseTool): Suggestion[] {
  const offered = request.permission_suggestions ?? [];
  const narrow = offered.filter((change) => change.type !== "setMode");
  return (narrow.length > 0 ? narrow : offered).map((change) => ({ ...change, destination: "session" }));
}

const described = z.looseObject({
  rules: z.optional(z.array(z.looseObject({ toolName: z.string(), ruleContent: z.optional(z.string()) }))),
  directories: z.optional(z.array(z.string())),
  mode: z.optional(z.string()),
});

function describe(change: Suggestion): string[] {
  const parsed = described.safeParse(change);
  if (!parsed.success) return [change.type];
  const { rules, directories, mode } = parsed.data;
  return [
    ...(rules ?? []).map((rule) => (rule.ruleContent ? `${rule.toolName}(${rule.ruleContent})` : rule.toolName)),
    ...(directories ?? []),
    ...(mode ? [`mode ${mode}`] : []),
  ];
}

function readQuestions(request: CanUseTool): Question[] | undefined {
  const parsed = questions.safeParse(request.input["questions"]);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Claude wants the labels by question text; a question that was passed over is left out. Free text answers every question
 * without a choice; if all have one, it is added to the last.
 */
function answersTo(asked: readonly Question[], answer: WaitAnswer): Record<string, string> {
  const { choices = [], text } = answer;
  if (choices.length > asked.length) throw new AppError("E_SCHEMA", { reason: "no-such-question" });
  const chosen = asked.map((question, at) => labelsOf(question, choices[at] ?? []));
  const isComplete = chosen.every((labels) => labels.length > 0);
  const given = chosen.map((labels, at) => {
    const takesText = labels.length === 0 || (isComplete && at === chosen.length - 1);
    return takesText && text ? [...labels, text] : labels;
  });
  const pairs = asked.map(({ question }, at) => [question, (given[at] ?? []).join(", ")] as const);
  return Object.fromEntries(pairs.filter(([, labels]) => labels !== ""));
}

function labelsOf(question: Question, choices: readonly number[]): string[] {
  if (choices.length > 1 && question.multiSelect !== true)
    throw new AppError("E_SCHEMA", { reason: "one-choice-only" });
  return choices.map((choice) => {
    const option = question.options[choice];
    if (option === undefined) throw new AppError("E_SCHEMA", { reason: "no-such-choice" });
    return option.label;
  });
}

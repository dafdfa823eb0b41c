// Whether an answer fits what was asked. Checked before it is committed, because what is committed is what counts.
import { AppError, assertNever, WAIT_REQUESTS, type WaitAnswer, type WaitKind } from "../../schema/index.ts";

/** Throws E_SCHEMA for an option or choice that was not offered, or an answer that answers nothing. */
export function checkAnswer(kind: WaitKind, req: string, answer: WaitAnswer): void {
  switch (kind) {
    case "permission":
    case "plan": {
      const { options } = kind === "plan" ? parse(WAIT_REQUESTS.plan, req) : parse(WAIT_REQUESTS.permission, req);
      if (!options.some(({ optionId }) => optionId === answer.option)) refuse("no such option");
      return;
    }
    case "question":
      checkChoices(parse(WAIT_REQUESTS.question, req).questions, answer);
      return;
    case "limit":
    case "login":
    case "trust":
    case "terminal":
      // They are settled, not chosen: any answer means "go on".
      return;
    default:
      assertNever(kind);
  }
}

function checkChoices(
  questions: readonly { readonly multiSelect?: boolean | undefined; readonly options: readonly unknown[] }[],
  { choices = [], text, option }: WaitAnswer,
): void {
  if (choices.length > questions.length) refuse("more answers than questions");
  for (const [at, question] of questions.entries()) {
    const chosen = choices[at] ?? [];
    if (chosen.some((choice) => choice >= question.options.length)) refuse("no such choice");
    if (chosen.length > 1 && question.multiSelect !== true) refuse("one choice only");
  }
  const isEmpty = choices.every((chosen) => chosen.length === 0) && !text && option === undefined;
  if (isEmpty && questions.length > 0) refuse("nothing chosen");
}

function parse<T>(shape: { safeParse(value: unknown): { data?: T | undefined } }, req: string): T {
  const { data } = shape.safeParse(JSON.parse(req));
  // The driver made it: a request that is none of its kind is a defect there.
  if (data === undefined) throw new Error("a wait whose request does not fit its kind");
  return data;
}

function refuse(reason: string): never {
  throw new AppError("E_SCHEMA", { reason });
}

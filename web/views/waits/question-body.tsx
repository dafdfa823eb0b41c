import { useId, useState } from "react";
import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { TextField } from "../../ui/field.tsx";
import type { WaitBodyProps } from "./wait-body.tsx";

type Question = Extract<WaitRequest, { kind: "question" }>["req"]["questions"][number];
type Request = Extract<WaitRequest, { kind: "question" }>["req"];

/** One question at a time; the answer to all of them is given once, with the last. Free words go with the choices. */
export function QuestionBody({ req, wait, isFirst, onAnswer }: WaitBodyProps & { readonly req: Request }): ReactNode {
  const [index, setIndex] = useState(0);
  const [choices, setChoices] = useState<readonly (readonly number[])[]>(() => req.questions.map(() => []));
  const [text, setText] = useState("");
  const question = req.questions[index];
  if (question === undefined) return <p className="ask">It asks nothing.</p>;
  const chosen = choices[index] ?? [];
  const isLast = index === req.questions.length - 1;
  const handleDone = (): void => {
    if (!isLast) return setIndex(index + 1);
    const words = text.trim();
    onAnswer({ choices: choices.map((each) => [...each]), ...(words === "" ? {} : { text: words }) });
  };
  return (
    <>
      <Ask
        question={question}
        place={req.questions.length > 1 ? `${index + 1} of ${req.questions.length}` : null}
        chosen={chosen}
        onChoose={(next) => setChoices(choices.with(index, next))}
      />
      {isLast ? (
        <TextField
          label="Other answer"
          isLabelHidden
          placeholder="Or answer in your own words"
          maxLength={8192}
          value={text}
          onChange={setText}
        />
      ) : null}
      {wait.answering === null ? (
        <ButtonRow>
          {index === 0 ? (
            <Button onPress={() => onAnswer({ choices: req.questions.map(() => []) })}>Skip</Button>
          ) : (
            <Button onPress={() => setIndex(index - 1)}>Back</Button>
          )}
          <Button
            kind={isFirst ? "filled" : "soft"}
            isDisabled={chosen.length === 0 && text.trim() === ""}
            onPress={handleDone}
          >
            {isLast ? answerWords(question, chosen.length) : "Next"}
          </Button>
        </ButtonRow>
      ) : null}
    </>
  );
}

interface AskProps {
  readonly question: Question;
  readonly place: string | null;
  readonly chosen: readonly number[];
  readonly onChoose: (chosen: readonly number[]) => void;
}

function Ask({ question, place, chosen, onChoose }: AskProps): ReactNode {
  const name = useId();
  const isSeveral = question.multiSelect === true;
  return (
    <Choices
      name={name}
      legend={
        <>
          {place === null ? null : <span className="quiet num">{place} </span>}
          {question.question} {isSeveral ? <span className="quiet">Several are fine.</span> : null}
        </>
      }
      mode={isSeveral ? "several" : "one"}
      choices={question.options.map((option, at) => ({
        value: String(at),
        label: option.label,
        detail: option.description,
      }))}
      chosen={chosen.map(String)}
      onChoose={(next) => onChoose(next.map(Number))}
    />
  );
}

function answerWords(question: Question, count: number): string {
  return question.multiSelect === true && count > 0 ? `Answer with ${count}` : "Answer";
}

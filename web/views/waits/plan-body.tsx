import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import type { WaitBodyProps } from "./wait-body.tsx";

type Request = Extract<WaitRequest, { kind: "plan" }>["req"];

/** Lines above which a plan is folded to its beginning. */
const FOLD_LINES = 8;

/** A plan in Markdown; approve it, or keep planning with words about what should change. */
export function PlanBody({ req, wait, isFirst, onAnswer }: WaitBodyProps & { readonly req: Request }): ReactNode {
  const lineCount = req.plan.trim().split("\n").length;
  const [isOpen, setIsOpen] = useState(lineCount <= FOLD_LINES);
  const [text, setText] = useState("");
  const words = text.trim();
  const extra = words === "" ? {} : { text: words };
  const reject = req.options.find((option) => option.kind.startsWith("reject"));
  const [approve, ...others] = req.options.filter((option) => option.kind.startsWith("allow"));
  return (
    <>
      <div className="plan" data-folded={isOpen ? undefined : ""}>
        <Markdown text={req.plan} />
      </div>
      {isOpen ? null : (
        <button type="button" className="btn more" data-kind="plain" onClick={() => setIsOpen(true)}>
          Read the whole plan, {lineCount} lines <ChevronRight className="icon" aria-hidden />
        </button>
      )}
      {wait.answering === null ? (
        <>
          <TextField
            label="What to change in the plan"
            isLabelHidden
            placeholder="What should change?"
            maxLength={8192}
            value={text}
            onChange={setText}
          />
          <ButtonRow>
            {reject === undefined ? null : (
              <Button onPress={() => onAnswer({ option: reject.optionId, ...extra })}>Keep planning</Button>
            )}
            {others.map((option) => (
              <Button key={option.optionId} onPress={() => onAnswer({ option: option.optionId, ...extra })}>
                {option.kind === "allow_always" && others.length === 1 ? "Always allow" : option.name}
              </Button>
            ))}
            {approve === undefined ? null : (
              <Button
                kind={isFirst ? "filled" : "soft"}
                onPress={() => onAnswer({ option: approve.optionId, ...extra })}
              >
                Approve
              </Button>
            )}
          </ButtonRow>
        </>
      ) : null}
    </>
  );
}

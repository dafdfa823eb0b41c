import { ListChecks } from "lucide-react";
import type { ReactNode } from "react";
import type { PlanStep } from "../../live/model.ts";
import { Panel } from "../../ui/panel.tsx";
import type { GlyphState } from "../../ui/state-glyph.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Ticked } from "../../ui/ticked.tsx";

const GLYPHS: Readonly<Record<PlanStep["status"], GlyphState>> = {
  completed: "done",
  in_progress: "running",
  unfinished: "interrupted",
  pending: "idle",
};
const WORDS: Readonly<Record<PlanStep["status"], string>> = {
  completed: "Done",
  in_progress: "Running",
  unfinished: "Not finished",
  pending: "Not yet",
};

/** The agent's own checklist. */
export function PlanList({ steps }: { steps: readonly PlanStep[] }): ReactNode {
  const done = steps.filter((step) => step.status === "completed").length;
  return (
    <Panel
      icon={<ListChecks className="icon" aria-hidden />}
      fold="always"
      title={<b>Plan</b>}
      result={`${done} of ${steps.length}`}
    >
      <ul className="todo" aria-label={`Plan, ${done} of ${steps.length} done`}>
        {steps.map((step, index) => (
          <li key={index} data-state={GLYPHS[step.status]}>
            <StateGlyph state={GLYPHS[step.status]} label={WORDS[step.status]} />
            <span>
              <Ticked text={step.text} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

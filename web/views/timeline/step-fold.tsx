import { File } from "lucide-react";
import type { ReactNode } from "react";
import type { ToolView } from "../../live/model.ts";
import { durationWords } from "../../ui/time-words.ts";
import { Step } from "./step.tsx";
import { ToolEntry } from "./tool-entry.tsx";
import { foldWords } from "./fold-words.ts";

interface StepFoldProps {
  readonly tools: readonly ToolView[];
  readonly onWholeOutput: (tool: ToolView) => void;
}

/** Neighbouring steps in one line: "5 steps read 3 files, searched, ran 1 command". */
export function StepFold({ tools, onWholeOutput }: StepFoldProps): ReactNode {
  const tookMs = tools.reduce((sum, tool) => sum + (tool.ms ?? 0), 0);
  return (
    <Step
      icon={<File className="icon" aria-hidden />}
      what={
        <>
          <b>{tools.length} steps</b> {foldWords(tools)}
        </>
      }
      result={tookMs >= 1000 ? durationWords(tookMs) : ""}
    >
      <div className="inside">
        {tools.map((tool) => (
          <ToolEntry key={tool.id} tool={tool} onWholeOutput={onWholeOutput} />
        ))}
      </div>
    </Step>
  );
}

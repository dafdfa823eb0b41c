import { Lightbulb } from "lucide-react";
import type { ReactNode } from "react";
import { durationWords } from "../../ui/time-words.ts";
import { Step } from "./step.tsx";

interface ThoughtProps {
  readonly text: string;
  readonly durationMs: number | null;
  readonly isStreaming: boolean;
}

/** What the agent thought, folded. */
export function Thought({ text, durationMs, isStreaming }: ThoughtProps): ReactNode {
  return (
    <Step icon={<Lightbulb className="icon" aria-hidden />} what={thoughtWords(durationMs, isStreaming)}>
      <p className="thought">{text}</p>
    </Step>
  );
}

function thoughtWords(durationMs: number | null, isStreaming: boolean): string {
  if (isStreaming) return "Thinking";
  return durationMs === null || durationMs < 1000 ? "Thought" : `Thought for ${durationWords(durationMs)}`;
}

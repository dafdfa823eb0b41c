import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";

interface StepProps {
  readonly icon: ReactNode;
  readonly what: ReactNode;
  readonly result?: ReactNode;
  readonly resultTone?: "fail" | undefined;
  /** What it opens to; without it the step is a plain line. Not rendered while folded. */
  readonly children?: ReactNode;
}

/** Something the agent did: one line of 44 px, verb, object, result; opens in place. */
export function Step({ icon, what, result, resultTone, children }: StepProps): ReactNode {
  const [isOpen, setIsOpen] = useState(false);
  const line = (
    <>
      {icon}
      <span className="what">{what}</span>
      <span className="res" data-tone={resultTone}>
        {result}
      </span>
    </>
  );
  if (children === undefined || children === null) return <div className="step">{line}</div>;
  return (
    <>
      <button type="button" className="step" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {line}
        <ChevronRight className="icon s chev" aria-hidden />
      </button>
      {isOpen ? children : null}
    </>
  );
}

import { Suspense, lazy } from "react";
import type { ReactNode } from "react";

const LazyLines = lazy(async () => ({ default: (await import("./diff-lines.tsx")).DiffLines }));
const LazyCounts = lazy(async () => ({ default: (await import("./diff-lines.tsx")).DiffCounts }));

interface DiffProps {
  /** Null when the file is new. */
  readonly oldText: string | null;
  readonly newText: string;
  readonly firstLine?: number;
}

/** Unified lines with word marks. While the differ loads, the new text stands there in the same type. */
export function Diff({ oldText, newText, firstLine = 1 }: DiffProps): ReactNode {
  const plain = (
    <div className="diff" aria-busy="true">
      {newText.split("\n", 24).map((line, index) => (
        <p key={index} className="l" data-sign=" ">
          <i>{firstLine + index}</i>
          <s />
          <span>{line}</span>
        </p>
      ))}
    </div>
  );
  return (
    <Suspense fallback={plain}>
      <LazyLines oldText={oldText} newText={newText} firstLine={firstLine} />
    </Suspense>
  );
}

/** "+2 −1"; nothing until it is known. */
export function DiffTotals({ oldText, newText }: DiffProps): ReactNode {
  return (
    <Suspense fallback={null}>
      <LazyCounts oldText={oldText} newText={newText} />
    </Suspense>
  );
}

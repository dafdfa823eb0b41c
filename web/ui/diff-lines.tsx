// The rendered lines of a diff; loaded lazily together with the library that computes them.
import { useMemo, useState } from "react";
import type { CSSProperties, ReactNode } from "react";
import type { DiffRow } from "./diff-rows.ts";
import { diffTable } from "./diff-rows.ts";

/** Lines shown before "show all": a screen's worth many times over, yet few enough nodes for an old phone. */
const FIRST_LINES = 120;

/** What is compared. */
export interface DiffTexts {
  /** Null when the file is new. */
  readonly oldText: string | null;
  readonly newText: string;
  readonly firstLine?: number;
}

/** The lines of the difference of two texts; removed and added lines say so to a screen reader too. */
export function DiffLines({ oldText, newText, firstLine = 1 }: DiffTexts): ReactNode {
  const table = useMemo(() => diffTable(oldText, newText, firstLine), [oldText, newText, firstLine]);
  const [isWhole, setIsWhole] = useState(false);
  const rows = isWhole ? table.rows : table.rows.slice(0, FIRST_LINES);
  const rest = table.rows.length - rows.length;
  const lastLine = table.rows.reduce((most, row) => (row.sign === "gap" ? most : Math.max(most, row.line)), 0);
  return (
    <div className="diff" data-wide={lastLine > 999 ? "" : undefined}>
      {rows.map((row, index) => (
        <Line key={index} row={row} />
      ))}
      {rest === 0 ? null : (
        <button type="button" className="rest" onClick={() => setIsWhole(true)}>
          Show {rest} more lines
        </button>
      )}
    </div>
  );
}

/** "+2 −1" of the same two texts. */
export function DiffCounts({ oldText, newText }: DiffTexts): ReactNode {
  const table = useMemo(() => diffTable(oldText, newText), [oldText, newText]);
  return <Counts added={table.added} removed={table.removed} />;
}

function Counts({ added, removed }: { added: number; removed: number }): ReactNode {
  return (
    <>
      <span className="add">+{added}</span> <span className="del">−{removed}</span>
    </>
  );
}

const SPOKEN = { "+": "added", "-": "removed", " ": "" } as const;

function Line({ row }: { row: DiffRow }): ReactNode {
  if (row.sign === "gap") {
    return (
      <p className="l" data-sign="gap">
        <i aria-hidden>⋯</i>
        <s />
        <span>{row.skipped} unchanged lines</span>
      </p>
    );
  }
  const style: CSSProperties & Record<"--i", number> = { "--i": row.indent };
  return (
    <p className="l" data-sign={row.sign}>
      <i>{row.line}</i>
      <s aria-hidden>{row.sign === "-" ? "−" : row.sign}</s>
      <span style={style}>
        {row.sign === " " ? null : <span className="sr">{SPOKEN[row.sign]}: </span>}
        {row.parts.map((part, index) => (part.isMarked ? <mark key={index}>{part.text}</mark> : part.text))}
      </span>
    </p>
  );
}

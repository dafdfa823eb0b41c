import { useMemo } from "react";
import type { ReactNode } from "react";
import { escapeForDisplay } from "./escape-for-display.ts";

/** The exact characters that would run, whole and wrapped. `at` says where, below and outside the command itself. */
export function CommandText({ text, at }: { text: string; at?: ReactNode }): ReactNode {
  return (
    <div className="cmd">
      <ExactText text={text} />
      {at === undefined ? null : <span className="at">{at}</span>}
    </div>
  );
}

/** Text with every hiding or misleading character written out and marked. */
export function ExactText({ text }: { text: string }): ReactNode {
  const parts = useMemo(() => escapeForDisplay(text), [text]);
  return parts.map((part, index) =>
    part.kind === "text" ? (
      part.text
    ) : (
      <span
        key={index}
        className="hidden-char"
        title={`hidden character U+${part.codePoint.toString(16).toUpperCase().padStart(4, "0")}`}
      >
        {part.text}
      </span>
    ),
  );
}

import type { ReactNode } from "react";

/** Words in which `backticks` mean code; nothing else is Markdown. An unpaired one is left as it is. */
export function Ticked({ text }: { text: string }): ReactNode {
  const pieces = text.split(/`([^`]+)`/u);
  return pieces.map((piece, index) =>
    index % 2 === 1 ? (
      <span key={index} className="mono">
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}

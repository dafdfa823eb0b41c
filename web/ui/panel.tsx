import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";

interface PanelProps {
  readonly icon?: ReactNode;
  readonly title: ReactNode;
  readonly result?: ReactNode;
  readonly children: ReactNode;
  /** Folded panels show their caption only; `always` cannot be folded. */
  readonly fold?: "open" | "folded" | "always";
}

/** Something with an inside: a caption of 44 px and, when open, what it holds. The inside is not rendered while folded. */
export function Panel({ icon, title, result, children, fold = "open" }: PanelProps): ReactNode {
  const [isOpen, setIsOpen] = useState(fold !== "folded");
  const caption = (
    <>
      {icon}
      <span className="what">{title}</span>
      {result === undefined ? null : <span className="res">{result}</span>}
    </>
  );
  if (fold === "always") {
    return (
      <figure className="panel">
        <figcaption className="cap">{caption}</figcaption>
        {children}
      </figure>
    );
  }
  return (
    <div className="panel">
      <button type="button" className="cap" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {caption}
        <ChevronRight className="icon s chev" aria-hidden />
      </button>
      {isOpen ? children : null}
    </div>
  );
}

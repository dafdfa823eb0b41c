import type { ReactNode } from "react";

interface NoticeProps {
  readonly icon: ReactNode;
  /** The fact, in bold; what follows from it is `children`. */
  readonly fact: ReactNode;
  readonly children?: ReactNode;
  readonly tone?: "calm" | "warn" | "bad";
  /** One way out, or two when one of them is "Later". */
  readonly actions?: ReactNode;
}

/** One strip under the header, for when the screen's truth is in doubt. Calm ones are polite, the others interrupt. */
export function Notice({ icon, fact, children, tone = "calm", actions }: NoticeProps): ReactNode {
  return (
    <div className="notice" data-tone={tone} role={tone === "calm" ? "status" : "alert"}>
      {icon}
      <p className="say">
        <b>{fact}</b> {children}
      </p>
      {actions}
    </div>
  );
}

/** Placeholder lines with the words that say what is being waited for. */
export function Skeleton({ words, lines = 3 }: { words: string; lines?: number }): ReactNode {
  return (
    <div className="skeleton" aria-busy="true" role="status">
      <p>{words}</p>
      {Array.from({ length: lines }, (_, index) => (
        <i key={index} aria-hidden />
      ))}
    </div>
  );
}

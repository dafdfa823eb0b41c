import { ChevronLeft, X } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";

interface ScreenProps {
  readonly header: ReactNode;
  /** Notices about this screen, under its header. */
  readonly notices?: ReactNode;
  /** The part that scrolls; a conversation brings its own. */
  readonly children: ReactNode;
  readonly scroll?: "pad" | "end" | "own";
  readonly dock?: ReactNode;
}

/** Header, notices, one part that scrolls, and a dock in the thumb's half. */
export function Screen({ header, notices, children, scroll = "pad", dock }: ScreenProps): ReactNode {
  return (
    <div className="screen">
      {header}
      {notices}
      {scroll === "own" ? (
        children
      ) : (
        <div className={scroll === "end" ? "scroll fill-end" : "scroll"} data-pad={scroll === "pad" ? "" : undefined}>
          {children}
        </div>
      )}
      {dock}
    </div>
  );
}

/** A root screen's large name; `children` are its icon buttons. */
export function TitleBar({ name, aside, children }: { name: string; aside?: string; children?: ReactNode }): ReactNode {
  return (
    <div className="title-bar">
      <h1>{name}</h1>
      {aside === undefined ? null : <p className="aside">{aside}</p>}
      {children}
    </div>
  );
}

interface BarProps {
  readonly title: ReactNode;
  readonly back: { readonly href: string; readonly label: string; readonly look?: "back" | "close" };
  /** The live line. */
  readonly sub?: ReactNode;
  readonly end?: ReactNode;
}

/** A pushed screen's small name between back and more. */
export function Bar({ title, back, sub, end }: BarProps): ReactNode {
  const Icon = back.look === "close" ? X : ChevronLeft;
  return (
    <div className="bar">
      <Link className="icon-btn back" href={back.href} aria-label={back.label}>
        <Icon className="icon" aria-hidden />
      </Link>
      <div>
        <h1>{title}</h1>
        {sub === undefined ? null : <p className="sub">{sub}</p>}
      </div>
      <div className="end">{end}</div>
    </div>
  );
}

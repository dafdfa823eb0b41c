import type { ReactNode } from "react";

interface BlankProps {
  readonly mark?: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
  /** The screen's own heading is `h1`; under a title bar that has one already it is `h2`. */
  readonly level?: "h1" | "h2";
}

/** A screen with nothing on it yet: what is so, why, and the next step, in the thumb's half. */
export function Blank({ mark, title, children, level: Heading = "h2" }: BlankProps): ReactNode {
  return (
    <div className="blank">
      {mark}
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

const MARKS = {
  pair: (
    <>
      <rect x="4" y="10" width="26" height="18" rx="3" />
      <path d="M2 34h30" />
      <rect x="34" y="16" width="11" height="22" rx="2.6" />
      <path d="M38.6 33.6h1.8" />
    </>
  ),
  ok: (
    <>
      <circle cx="24" cy="24" r="19" />
      <path d="m15.5 24.8 6 6 11-12.6" />
    </>
  ),
  no: (
    <>
      <circle cx="24" cy="24" r="19" />
      <path d="M24 13.5V25l7 4.4" />
    </>
  ),
  lock: (
    <>
      <rect x="10" y="21" width="28" height="20" rx="4" />
      <path d="M16 21v-5a8 8 0 0 1 16 0v5" />
    </>
  ),
};

/** The one drawing a blank screen may have, 48 px. */
export function Mark({ kind }: { kind: keyof typeof MARKS }): ReactNode {
  return (
    <svg
      className="mark"
      data-mark={kind === "lock" ? "no" : kind}
      viewBox="0 0 48 48"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {MARKS[kind]}
    </svg>
  );
}

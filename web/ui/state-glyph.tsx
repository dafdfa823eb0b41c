// The states' shapes. A shape never stands without its word: either `label` says it, or the text beside it does.
import type { ReactNode } from "react";

/** Every state the app draws. */
export type GlyphState =
  | "running"
  | "waiting"
  | "limit"
  | "done"
  | "failed"
  | "idle"
  | "interrupted"
  | "live"
  | "confirming"
  | "asleep"
  | "trouble"
  | "reviewed"
  | "partly"
  | "unreviewed";

/** The word a screen reader hears, and that a person reads where there is room. */
export const STATE_WORDS: Record<GlyphState, string> = {
  running: "Running",
  waiting: "Waiting for you",
  limit: "Usage limit",
  done: "Done",
  failed: "Failed",
  idle: "Idle",
  interrupted: "Interrupted",
  live: "live",
  confirming: "confirming",
  asleep: "last confirmed",
  trouble: "needs attention",
  reviewed: "reviewed",
  partly: "partly reviewed",
  unreviewed: "not reviewed",
};

const line = {
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.5,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;
const ring = <circle cx="8" cy="8" r="6.1" {...line} />;
const square = <rect x="2.2" y="2.2" width="11.6" height="11.6" rx="3" {...line} />;
const small = <circle cx="8" cy="8" r="3.6" {...line} />;
const half = <path d="M8 4.4a3.6 3.6 0 0 1 0 7.2z" fill="currentColor" />;

const SHAPES: Record<GlyphState, ReactNode> = {
  running: (
    <>
      {ring}
      {half}
    </>
  ),
  waiting: <rect x="3.6" y="3.6" width="8.8" height="8.8" rx="1.7" transform="rotate(45 8 8)" fill="currentColor" />,
  limit: (
    <>
      {ring}
      <path d="M8 4.8v3.4l2.2 1.4" {...line} />
    </>
  ),
  done: (
    <>
      {ring}
      <path d="m5.2 8.3 2 2 3.7-4.2" {...line} />
    </>
  ),
  failed: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="3" {...line} />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" {...line} />
    </>
  ),
  idle: ring,
  interrupted: <circle cx="8" cy="8" r="6.1" {...line} strokeDasharray="2.6 2.2" strokeLinecap="butt" />,
  live: <circle cx="8" cy="8" r="4" fill="currentColor" />,
  confirming: (
    <>
      {small}
      {half}
    </>
  ),
  asleep: small,
  trouble: (
    <path d="M8 3.2 13.6 13H2.4z" fill="currentColor" stroke="currentColor" strokeWidth="1" strokeLinejoin="round" />
  ),
  reviewed: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="3.6" fill="currentColor" />
      <path d="m4.9 8.3 2.1 2.1 4-4.6" {...line} stroke="var(--bg)" strokeWidth="1.6" />
    </>
  ),
  partly: (
    <>
      {square}
      <path d="M5.4 8h5.2" {...line} />
    </>
  ),
  unreviewed: square,
};

/** The shape of a state, 16 px. Pass `label={null}` only when the same word stands beside it as text. */
export function StateGlyph({
  state,
  label = STATE_WORDS[state],
}: {
  state: GlyphState;
  label?: string | null;
}): ReactNode {
  const said = label === null ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg className="state" data-state={state} viewBox="0 0 16 16" {...said}>
      {SHAPES[state]}
    </svg>
  );
}

// Lines of the conversation that nobody said: errors, notes, answers, breaks.
import { Info, SlidersHorizontal, Square } from "lucide-react";
import { use, type ReactNode } from "react";
import type { TurnEndView, WaitDone, WaitView } from "../../live/model.ts";
import type { SessionStatus } from "../../live/model-schema.ts";
import { Button } from "../../ui/button.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { momentWords } from "../../ui/time-words.ts";
import { WorkspaceFolder } from "../../ui/workspace-path.ts";
import { waitName } from "../waits/wait-words.ts";
import { cutWord } from "./turn-line.tsx";

interface EventProps {
  readonly glyph: ReactNode;
  readonly tone?: "fail";
  readonly children: ReactNode;
  readonly end?: string;
}

function EventLine({ glyph, tone, children, end }: EventProps): ReactNode {
  return (
    <div className="event" data-tone={tone}>
      {glyph}
      <div>{children}</div>
      {end === undefined ? null : <span className="end">{end}</span>}
    </div>
  );
}

/** How a wait was settled, by whom and when. */
export function AnsweredLine({ wait, done, clock }: { wait: WaitView; done: WaitDone; clock: Clock }): ReactNode {
  const words = done.answer.text;
  const folder = use(WorkspaceFolder);
  return (
    <EventLine
      glyph={<StateGlyph state={done.outcome === "Denied" ? "failed" : "done"} label={null} />}
      end={momentWords(done.at, clock)}
    >
      <b>{done.outcome}</b> by {done.by}: {waitName(wait, clock, folder).replace(/\?$/u, "")}
      {words === undefined ? null : <span className="vendor">{words}</span>}
    </EventLine>
  );
}

/** An open wait whose card stands elsewhere on the screen. */
export function OpenWaitLine({ wait, clock }: { wait: WaitView; clock: Clock }): ReactNode {
  return (
    <EventLine
      glyph={<StateGlyph state={wait.kind === "limit" ? "limit" : "waiting"} />}
      end={momentWords(wait.since, clock)}
    >
      Waiting: {waitName(wait, clock)}
    </EventLine>
  );
}

/** The vendor's words, unaltered. */
export function ErrorEvent({ text, at, clock }: { text: string; at: number; clock: Clock }): ReactNode {
  return (
    <div role="alert">
      <EventLine glyph={<StateGlyph state="failed" label={null} />} tone="fail" end={momentWords(at, clock)}>
        <b>The agent failed</b>
        <span className="vendor">{text}</span>
      </EventLine>
    </div>
  );
}

const NOTE_WORDS: Readonly<Record<string, string>> = {
  retry: "The agent tries again",
  warning: "A warning of the agent",
  compact: "The agent shortened its memory of this conversation",
  "limit-over": "The wait is over",
  // Kelpie's own: the machine went on from an older copy of its state; `text` is the message.
  "set-back": "Taken out of the queue when the machine was set back, perhaps read before. Send it again if it was not:",
};

/** Something worth knowing that is no part of the answer; `text` is the vendor's. */
export function NoteLine({
  code,
  text,
  at,
  clock,
}: {
  code: string;
  text: string;
  at: number;
  clock: Clock;
}): ReactNode {
  return (
    <EventLine glyph={<Info className="icon" aria-hidden />} end={momentWords(at, clock)}>
      {NOTE_WORDS[code] ?? `Note: ${code}`}
      {text === "" ? null : <span className="vendor">{text}</span>}
    </EventLine>
  );
}

interface StateLineProps {
  readonly state: SessionStatus;
  readonly why: string | null;
  readonly at: number;
  readonly clock: Clock;
  readonly onResume?: (() => void) | undefined;
}

/** A break in the session: interrupted (with Resume while it is the newest), ended, started again. */
export function StateLine({ state, why, at, clock, onResume }: StateLineProps): ReactNode {
  const reason = why === null || why === "" ? "" : `: ${why.replace(/\.$/u, "")}`;
  if (state === "interrupted") {
    return (
      <EventLine glyph={<StateGlyph state="interrupted" label={null} />} end={momentWords(at, clock)}>
        <b>Interrupted</b>
        {reason}. What it had not finished was not done.
        {onResume === undefined ? null : (
          <>
            <br />
            <Button size="small" kind="soft" onPress={onResume}>
              Resume
            </Button>
          </>
        )}
      </EventLine>
    );
  }
  return (
    <EventLine
      glyph={<StateGlyph state={state === "ended" ? "done" : "idle"} label={null} />}
      end={momentWords(at, clock)}
    >
      {STATE_LINES[state]}
      {reason}
    </EventLine>
  );
}

const STATE_LINES: Readonly<Record<Exclude<SessionStatus, "interrupted">, string>> = {
  starting: "Starting the agent",
  idle: "Ready",
  running: "Running",
  waiting: "Waiting",
  ended: "Ended",
};

/** A turn broke off here. */
export function CutLine({ end, clock }: { end: TurnEndView; clock: Clock }): ReactNode {
  const word = cutWord(end) ?? end.stop;
  return (
    <EventLine glyph={<Square className="icon" aria-hidden />} end={momentWords(end.at, clock)}>
      <b>{word.slice(0, 1).toUpperCase() + word.slice(1)}</b>
    </EventLine>
  );
}

/** The mode the session works in from here on. */
export function ModeLine({ mode }: { mode: string }): ReactNode {
  return (
    <EventLine glyph={<SlidersHorizontal className="icon" aria-hidden />}>
      Mode: <b>{mode}</b>
    </EventLine>
  );
}

/** An item of a newer relay that this app cannot draw yet. It is kept. */
export function UnsupportedLine({ what }: { what: string }): ReactNode {
  return (
    <EventLine glyph={<Info className="icon" aria-hidden />}>
      This version cannot show <code>{what}</code>. Nothing is lost.
    </EventLine>
  );
}

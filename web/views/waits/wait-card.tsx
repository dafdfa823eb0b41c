// One wait as a card: who, what exactly, where, and the buttons that fit its kind. The frame is here, the kinds beside it.
import { ChevronRight } from "lucide-react";
import { useId } from "react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { WaitAnswer } from "../../live/model-schema.ts";
import type { WaitView } from "../../live/model.ts";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Time } from "../../ui/time.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { AnsweringLine } from "./answering-line.tsx";
import { WaitBody } from "./wait-body.tsx";
import { waitFrom, waitName, waitTitle } from "./wait-words.ts";

/** What a card may do; `undefined` hides the button. */
export interface WaitActions {
  readonly onAnswer: (answer: WaitAnswer) => void;
  /** Stops the turn. Not given in the session itself, where Stop stands in the composer. */
  readonly onStop?: (() => void) | undefined;
  readonly onTrust?: ((digest: string) => void) | undefined;
  readonly onOpenTerminal?: (() => void) | undefined;
  /** Takes this device's own unread answer back to choose again. */
  readonly onRetry?: (() => void) | undefined;
  readonly onDismiss?: (() => void) | undefined;
}

interface WaitCardProps extends WaitActions {
  readonly wait: WaitView;
  readonly clock: Clock;
  /** In its own session the card is titled by what is wanted, elsewhere by the session. */
  readonly place: "session" | "elsewhere";
  /** Link to the session; only elsewhere. */
  readonly href?: string;
  /** Only the newest card of a screen has the filled button. */
  readonly isFirst: boolean;
  /** "1 of 2": others wait behind this one. */
  readonly turn?: { readonly index: number; readonly count: number; readonly onNext: () => void } | undefined;
  /** The machine cannot be reached: answers wait on this device. */
  readonly isAway?: boolean;
  readonly device?: "phone" | "computer" | "device";
  /** In a stack the surface is the stack's. */
  readonly look?: "card" | "bare";
}

/** A group named by what it asks. */
export function WaitCard(props: WaitCardProps): ReactNode {
  const { wait, clock, look = "card", isAway = false, device = "phone" } = props;
  return (
    <div
      className={look === "card" ? "card" : undefined}
      role="group"
      aria-label={waitName(wait, clock)}
      data-wait={wait.kind}
    >
      <Head {...props} />
      <WaitBody {...props} />
      {wait.answering === null ? null : (
        <AnsweringLine answering={wait.answering} clock={clock} device={device} {...pickRetry(props)} />
      )}
      {isAway && wait.answering === null ? (
        <p className="foot">
          Answers wait on this {device}. If somebody else answers first, yours is dropped and you are told.
        </p>
      ) : null}
    </div>
  );
}

function pickRetry({ onRetry, onDismiss }: WaitCardProps): Pick<WaitActions, "onRetry" | "onDismiss"> {
  return { onRetry, onDismiss };
}

function Head({ wait, clock, place, href, turn }: WaitCardProps): ReactNode {
  const titleId = useId();
  const glyph = <StateGlyph state={wait.kind === "limit" ? "limit" : "waiting"} />;
  if (place === "session" || href === undefined) {
    return (
      <div className="top">
        {glyph}
        <span className="who">{waitTitle(wait)}</span>
        {turn === undefined || turn.count < 2 ? (
          <span className="end">
            <Time at={wait.since} clock={clock} />
          </span>
        ) : (
          <button
            type="button"
            className="end next"
            aria-label={`${turn.index + 1} of ${turn.count} waits, show the next`}
            onClick={turn.onNext}
          >
            {turn.index + 1} of {turn.count} <ChevronRight className="icon" aria-hidden />
          </button>
        )}
      </div>
    );
  }
  return (
    <>
      <div className="top">
        {glyph}
        <Link className="who" href={href} id={titleId} aria-labelledby={titleId}>
          {wait.sessionTitle}
        </Link>
        <span className="end">
          <Time at={wait.since} clock={clock} />
        </span>
      </div>
      <p className="from">{waitFrom(wait)}</p>
    </>
  );
}

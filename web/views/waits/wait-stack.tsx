import type { ReactNode } from "react";
import type { WaitAnswer } from "../../live/model-schema.ts";
import type { WaitView } from "../../live/model.ts";
import { Row } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import { Ticked } from "../../ui/ticked.tsx";
import { Time } from "../../ui/time.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { durationWords } from "../../ui/time-words.ts";
import { WaitCard } from "./wait-card.tsx";
import { waitLine } from "./wait-words.ts";

interface WaitStackProps {
  /** Newest first; at least one. */
  readonly waits: readonly WaitView[];
  readonly clock: Clock;
  readonly hrefOf: (wait: WaitView) => string;
  readonly isAway?: boolean;
  readonly device?: "phone" | "computer" | "device";
  readonly onAnswer: (wait: WaitView, answer: WaitAnswer) => void;
  readonly onStop?: (wait: WaitView) => void;
  readonly onTrust?: (wait: WaitView, digest: string) => void;
}

/** Several waits on one surface: the newest open in place, the others as rows. */
export function WaitStack({
  waits,
  clock,
  hrefOf,
  isAway = false,
  device = "phone",
  onAnswer,
  onStop,
  onTrust,
}: WaitStackProps): ReactNode {
  const [first, ...rest] = waits;
  if (first === undefined) return null;
  return (
    <div className="card" data-stack="">
      <WaitCard
        key={first.wid}
        wait={first}
        clock={clock}
        place="elsewhere"
        href={hrefOf(first)}
        isFirst={!isAway}
        isAway={isAway}
        device={device}
        look="bare"
        onAnswer={(answer) => onAnswer(first, answer)}
        onStop={onStop === undefined ? undefined : () => onStop(first)}
        onTrust={onTrust === undefined ? undefined : (digest) => onTrust(first, digest)}
      />
      <ul>
        {rest.map((wait) => (
          <li key={wait.wid}>
            <Row
              href={hrefOf(wait)}
              glyph={<StateGlyph state={wait.kind === "limit" ? "limit" : "waiting"} />}
              title={wait.sessionTitle}
              now={<Ticked text={waitLine(wait, clock)} />}
              end={
                wait.kind === "limit" && wait.until !== undefined && wait.until > clock.now ? (
                  `in ${durationWords(wait.until - clock.now)}`
                ) : (
                  <Time at={wait.since} clock={clock} />
                )
              }
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

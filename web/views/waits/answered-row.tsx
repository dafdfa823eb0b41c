import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import type { WaitDone, WaitView } from "../../live/model.ts";
import { Row } from "../../ui/row.tsx";
import { StateGlyph } from "../../ui/state-glyph.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { momentWords } from "../../ui/time-words.ts";
import { waitName } from "./wait-words.ts";

interface AnsweredRowProps {
  readonly wait: WaitView;
  readonly done: WaitDone;
  readonly href: string;
  readonly clock: Clock;
}

/** A wait that is settled: how, by whom, when. */
export function AnsweredRow({ wait, done, href, clock }: AnsweredRowProps): ReactNode {
  return (
    <Row
      href={href}
      glyph={<StateGlyph state={done.outcome === "Denied" ? "failed" : "done"} label={done.outcome} />}
      title={waitName(wait, clock).replace(/\?$/u, "")}
      meta={`${done.outcome} by ${done.by}, ${momentWords(done.at, clock)}`}
      end={<ChevronRight className="icon" aria-hidden />}
    />
  );
}

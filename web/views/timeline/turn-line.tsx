import type { ReactNode } from "react";
import type { TurnEndView } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { durationWords, momentWords } from "../../ui/time-words.ts";

interface TurnLineProps {
  readonly turn: number;
  readonly at: number;
  readonly end: TurnEndView | null;
  readonly clock: Clock;
}

const CUT_WORDS: Readonly<Record<string, string>> = {
  cancelled: "stopped",
  max_tokens: "out of tokens",
  max_turn_requests: "too many steps",
  refusal: "refused by the model",
};
const STOP_WORDS: Readonly<Record<string, string>> = {
  ...CUT_WORDS,
  error: "failed",
  interrupted: "interrupted",
};

/** "Turn 1 · 12:01 · 1 min 48 s · $0.14": when it began and, once it ended, what it took. */
export function TurnLine({ turn, at, end, clock }: TurnLineProps): ReactNode {
  const words = [`Turn ${turn}`, momentWords(at, clock)];
  if (end !== null) {
    words.push(durationWords(end.at - at));
    const cost = end.usage?.costUsd;
    if (cost !== undefined) words.push(costWords(cost));
    const stop = STOP_WORDS[end.stop];
    if (stop !== undefined) words.push(stop);
  }
  return <p className="turn-line">{words.join(" · ")}</p>;
}

/** Why a turn broke off where no error says so; undefined for every other end. */
export function cutWord(end: TurnEndView): string | undefined {
  return CUT_WORDS[end.stop];
}

/** Dollars with as many digits as say something: "$0.14", "$0.004", "$12". */
export function costWords(costUsd: number): string {
  if (costUsd >= 10) return `$${costUsd.toFixed(0)}`;
  return costUsd >= 0.01 || costUsd === 0 ? `$${costUsd.toFixed(2)}` : `$${costUsd.toPrecision(1)}`;
}

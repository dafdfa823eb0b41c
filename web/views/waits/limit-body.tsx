import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { countdownWords, leftWords, momentWords } from "../../ui/time-words.ts";
import type { WaitBodyProps } from "./wait-body.tsx";

type Request = Extract<WaitRequest, { kind: "limit" }>["req"];

/** The vendor's words, when it ends, and how long that is. It goes on by itself then; any answer tries at once. */
export function LimitBody({
  req,
  wait,
  clock,
  isFirst,
  onAnswer,
  onStop,
}: WaitBodyProps & { readonly req: Request }): ReactNode {
  const { until } = wait;
  return (
    <>
      {until === undefined ? null : (
        <>
          <div className="count-down">
            <p className="big num" role="timer" aria-label={`${leftWords(until, clock.now)} left`}>
              {countdownWords(until, clock.now)}
            </p>
            <p className="soft">until {momentWords(until, clock)}</p>
          </div>
          <div className="meter" aria-hidden>
            <i style={{ width: `${passedPercent(wait.since, until, clock.now)}%` }} />
          </div>
        </>
      )}
      <p className="ask">{req.text}</p>
      <p className="why" data-tight="">
        {until === undefined ? "It does not say when it ends." : "It continues by itself then."}
      </p>
      {wait.answering === null ? (
        <ButtonRow>
          {onStop === undefined ? null : <Button onPress={onStop}>Stop</Button>}
          <Button kind={until === undefined && isFirst ? "filled" : "soft"} onPress={() => onAnswer({})}>
            Try now
          </Button>
        </ButtonRow>
      ) : null}
    </>
  );
}

function passedPercent(since: number, until: number, now: number): number {
  if (until <= since) return 100;
  return Math.round(Math.min(1, Math.max(0, (now - since) / (until - since))) * 100);
}

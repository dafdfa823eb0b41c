import type { ReactNode } from "react";
import type { WaitView } from "../../live/model.ts";
import type { Clock } from "../../ui/time-words.ts";
import { LimitBody } from "./limit-body.tsx";
import { LoginBody, TerminalBody } from "./machine-bodies.tsx";
import { PermissionBody } from "./permission-body.tsx";
import { PlanBody } from "./plan-body.tsx";
import { QuestionBody } from "./question-body.tsx";
import { TrustBody } from "./trust-body.tsx";
import type { WaitActions } from "./wait-card.tsx";

/** What every kind of wait is given. */
export interface WaitBodyProps extends WaitActions {
  readonly wait: WaitView;
  readonly clock: Clock;
  readonly isFirst: boolean;
  readonly place: "session" | "elsewhere";
}

/** One wait's inside, by kind. Without its request (too large for a list) it says where it can be answered. */
export function WaitBody(props: WaitBodyProps): ReactNode {
  const { wait } = props;
  const { request } = wait;
  if (request === null) {
    return (
      <p className="ask">
        {props.place === "session" ? "Fetching what it asks" : "Too long to show here. Open the session to answer."}
      </p>
    );
  }
  switch (request.kind) {
    case "permission":
      return <PermissionBody {...props} req={request.req} />;
    case "question":
      return <QuestionBody {...props} req={request.req} />;
    case "plan":
      return <PlanBody {...props} req={request.req} />;
    case "limit":
      return <LimitBody {...props} req={request.req} />;
    case "login":
      return <LoginBody {...props} req={request.req} />;
    case "trust":
      return <TrustBody {...props} req={request.req} />;
    case "terminal":
      return <TerminalBody {...props} req={request.req} />;
  }
}

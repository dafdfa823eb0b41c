// Waits that are settled at the machine, not by a choice here: a login and a screen we cannot draw.
import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { ExactText } from "../../ui/command-text.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import type { WaitBodyProps } from "./wait-body.tsx";

type LoginRequest = Extract<WaitRequest, { kind: "login" }>["req"];
type TerminalRequest = Extract<WaitRequest, { kind: "terminal" }>["req"];

/** What the agent said, and the command that signs it in on its machine. Kelpie never sees the password. */
export function LoginBody({
  req,
  wait,
  isFirst,
  onAnswer,
  onStop,
}: WaitBodyProps & { readonly req: LoginRequest }): ReactNode {
  return (
    <>
      <p className="ask">{req.text}</p>
      {req.command === undefined ? null : (
        <>
          <p className="why">On {wait.machineName}, in a terminal. Kelpie never sees the password.</p>
          <div className="cmd" data-line="">
            <span>
              <ExactText text={req.command} />
            </span>
            <CopyButton text={req.command} what="the command" look="plain" />
          </div>
        </>
      )}
      {wait.answering === null ? (
        <ButtonRow>
          {onStop === undefined ? null : <Button onPress={onStop}>Stop</Button>}
          <Button kind={isFirst ? "filled" : "soft"} onPress={() => onAnswer({})}>
            I have signed in
          </Button>
        </ButtonRow>
      ) : null}
    </>
  );
}

/** What the agent's screen shows, as text. Without a terminal to open here it says to go to the machine. */
export function TerminalBody({
  req,
  wait,
  isFirst,
  onStop,
  onOpenTerminal,
}: WaitBodyProps & { readonly req: TerminalRequest }): ReactNode {
  return (
    <>
      <pre className="cmd">
        <ExactText text={req.text} />
      </pre>
      {onOpenTerminal === undefined ? <p className="why">Answer it in the terminal on {wait.machineName}.</p> : null}
      {onStop === undefined && onOpenTerminal === undefined ? null : (
        <ButtonRow>
          {onStop === undefined ? null : <Button onPress={onStop}>Stop</Button>}
          {onOpenTerminal === undefined ? null : (
            <Button kind={isFirst ? "filled" : "soft"} onPress={onOpenTerminal}>
              Open terminal
            </Button>
          )}
        </ButtonRow>
      )}
    </>
  );
}

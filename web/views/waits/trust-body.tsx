import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { TrustFiles } from "./trust-files.tsx";
import type { WaitBodyProps } from "./wait-body.tsx";

type Request = Extract<WaitRequest, { kind: "trust" }>["req"];

/** The files of the project that can start programs, each openable, and the yes that is bound to exactly these. */
export function TrustBody({
  req,
  wait,
  isFirst,
  onTrust,
  onStop,
}: WaitBodyProps & { readonly req: Request }): ReactNode {
  return (
    <>
      <p className="ask">It would start with these, which can run commands:</p>
      <TrustFiles files={req.files} />
      {wait.answering === null && (onTrust !== undefined || onStop !== undefined) ? (
        <ButtonRow>
          {onStop === undefined ? null : <Button onPress={onStop}>Not now</Button>}
          {onTrust === undefined ? null : (
            <Button kind={isFirst ? "filled" : "soft"} onPress={() => onTrust(req.digest)}>
              Trust
            </Button>
          )}
        </ButtonRow>
      ) : null}
    </>
  );
}

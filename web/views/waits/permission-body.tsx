import { useState } from "react";
import type { ReactNode } from "react";
import type { WaitRequest } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { CommandText, ExactText } from "../../ui/command-text.tsx";
import { Diff, DiffTotals } from "../../ui/diff.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import type { PermissionOption, PermissionShape } from "./permission-shape.ts";
import { factsBesides, permissionShape } from "./permission-shape.ts";
import type { WaitBodyProps } from "./wait-body.tsx";

type Request = Extract<WaitRequest, { kind: "permission" }>["req"];

/** What would run or change, whole, and Deny, Always allow, Approve by the kind of the agent's options. */
export function PermissionBody(props: WaitBodyProps & { readonly req: Request }): ReactNode {
  const { req, wait, place } = props;
  const shape = permissionShape(req);
  const at = place === "session" ? whereWords(wait.project, wait.branch, wait.machineName) : undefined;
  const scope = req.options.filter((option) => option.kind === "allow_always");
  return (
    <>
      <Asked shape={shape} at={at} facts={factsBesides(shape, wait.cwd)} />
      {shape.purpose === null ? null : <p className="why">{shape.purpose}</p>}
      {scope.length === 1 && scope[0] !== undefined && !isPlainName(scope[0].name) ? (
        <p className="why" data-tight="">
          Always allow: {scope[0].name.replace(/^always allow\s+/iu, "")}
        </p>
      ) : null}
      {wait.answering === null ? <PermissionButtons {...props} command={shape.command} scope={scope} /> : null}
    </>
  );
}

interface AskedProps {
  readonly shape: PermissionShape;
  readonly at: ReactNode;
  readonly facts: PermissionShape["rest"];
}

function Asked({ shape, at, facts }: AskedProps): ReactNode {
  return (
    <>
      {shape.command === null ? null : <CommandText text={shape.command} at={at} />}
      {shape.edits.map((edit) => (
        <figure className="panel" key={edit.path}>
          <figcaption className="cap" data-low="">
            {/* The file that would change is shown whole and exact. */}
            <span className="what mono" data-whole="">
              <ExactText text={edit.path} />
            </span>
            <span className="res">
              <DiffTotals oldText={edit.before} newText={edit.after} />
            </span>
          </figcaption>
          <Diff oldText={edit.before} newText={edit.after} />
        </figure>
      ))}
      {shape.command === null && shape.edits.length === 0 ? (
        <CommandText text={`${shape.verb} ${shape.object}`} at={at} />
      ) : null}
      {facts.length === 0 ? null : (
        <ul className="facts">
          {facts.map(([name, value]) => (
            <li key={name}>
              {name}{" "}
              <code>
                <ExactText text={value} />
              </code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface ButtonsProps extends WaitBodyProps {
  readonly req: Request;
  readonly command: string | null;
  readonly scope: readonly PermissionOption[];
}

function PermissionButtons({ req, command, scope, isFirst, onAnswer }: ButtonsProps): ReactNode {
  const [isAsking, setIsAsking] = useState(false);
  const deny = byKind(req.options, "reject_once") ?? byKind(req.options, "reject_always");
  const approve = byKind(req.options, "allow_once");
  const handleAlways = (): void => {
    const [only] = scope;
    if (scope.length === 1 && only !== undefined) onAnswer({ option: only.optionId });
    else setIsAsking(true);
  };
  const yes = isFirst ? "filled" : "soft";
  return (
    <ButtonRow>
      {deny === undefined ? null : <Button onPress={() => onAnswer({ option: deny.optionId })}>Deny</Button>}
      {scope.length === 0 ? null : (
        <Button kind={approve === undefined ? yes : "outline"} onPress={handleAlways}>
          Always allow
        </Button>
      )}
      {approve === undefined ? null : (
        <Button kind={yes} onPress={() => onAnswer({ option: approve.optionId })}>
          Approve
        </Button>
      )}
      {isAsking ? (
        <AlwaysSheet command={command} scope={scope} onAnswer={onAnswer} onClose={() => setIsAsking(false)} />
      ) : null}
    </ButtonRow>
  );
}

interface AlwaysSheetProps {
  readonly command: string | null;
  readonly scope: readonly PermissionOption[];
  readonly onAnswer: WaitBodyProps["onAnswer"];
  readonly onClose: () => void;
}

// Several scopes: how far "always" goes is a choice of its own. The narrowest stands first, as the agent gave it.
function AlwaysSheet({ command, scope, onAnswer, onClose }: AlwaysSheetProps): ReactNode {
  const [chosen, setChosen] = useState(scope[0]?.optionId ?? "");
  return (
    <Sheet title="Always allow" onClose={onClose}>
      {command === null ? null : <CommandText text={command} />}
      <Choices
        name="always"
        legend="How far"
        isLegendHidden
        mode="one"
        choices={scope.map((option) => ({ value: option.optionId, label: option.name }))}
        chosen={[chosen]}
        onChoose={([first]) => setChosen(first ?? chosen)}
      />
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" onPress={() => onAnswer({ option: chosen })}>
          Allow and run
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

function byKind(options: readonly PermissionOption[], kind: PermissionOption["kind"]): PermissionOption | undefined {
  return options.find((option) => option.kind === kind);
}

// A name that only repeats the button says nothing about its reach.
function isPlainName(name: string): boolean {
  return /^(?:always allow|allow always|always)$/iu.test(name.trim());
}

function whereWords(project: string, branch: string | undefined, machine: string): string {
  return `${branch === undefined ? project : `${project} / ${branch}`} on ${machine}`;
}

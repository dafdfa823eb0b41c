import type { ReactNode } from "react";
import type { ProjectsDoc, TrustDoc } from "../../live/model-schema.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { TrustFiles } from "../waits/trust-files.tsx";

interface ProjectSheetProps {
  readonly project: ProjectsDoc["projects"][number];
  /** What of it can start a program; absent when nothing can or it has not come yet. */
  readonly trust?: TrustDoc | undefined;
  readonly isAdmin: boolean;
  readonly refused?: string | undefined;
  readonly onTrust: (digest: string) => void;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

/** A project: what it may start, the yes to exactly that, and taking it off the list (nothing on disk is touched). */
export function ProjectSheet({
  project,
  trust,
  isAdmin,
  refused,
  onTrust,
  onRemove,
  onClose,
}: ProjectSheetProps): ReactNode {
  const asks = project.trust === "asks" && trust !== undefined;
  return (
    <Sheet title={asks ? `Trust the project ${project.name}?` : project.name} onClose={onClose}>
      <p className="why mono">{project.path}</p>
      {trust === undefined || trust.files.length === 0 ? (
        <p className="why">Nothing in it can start a program by itself.</p>
      ) : (
        <>
          <p className="why">An agent would start with these, which can run commands:</p>
          <TrustFiles files={trust.files} />
        </>
      )}
      {refused === undefined ? null : (
        <p className="field-note" data-tone="fail" role="alert">
          {refused}
        </p>
      )}
      {isAdmin ? null : <p className="why">This device may not change projects.</p>}
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        {isAdmin && !asks ? (
          <Button kind="danger" onPress={onRemove}>
            Remove from Kelpie
          </Button>
        ) : null}
        {asks && isAdmin ? (
          <Button kind="filled" onPress={() => onTrust(trust.digest)}>
            Trust
          </Button>
        ) : null}
      </ButtonRow>
    </Sheet>
  );
}

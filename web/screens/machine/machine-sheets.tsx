// What a machine's screen asks in a sheet. Each stays open until its final result, and says a refusal inside.
import type { ReactNode } from "react";
import { useLive } from "../../hooks/page-context.tsx";
import { useClock } from "../../hooks/use-now.ts";
import { useOutcome } from "../../hooks/use-outcome.ts";
import type { RootId } from "../../live/model-schema.ts";
import type { DeviceRow, MachineView, Outcome } from "../../live/model.ts";
import { reasonWords } from "../../ui/delivery-words.ts";
import { AddProjectSheet } from "../../views/machine/add-project-sheet.tsx";
import { RenameSheet, RevokeSheet } from "../../views/machine/device-sheets.tsx";
import { whenWords } from "../../views/machine/device-words.ts";
import { RotateSheet } from "../../views/machine/rotate-sheet.tsx";
import { ProjectSheet } from "../../views/machine/project-sheet.tsx";
import { InviteFlow } from "./invite-flow.tsx";

/** Which sheet is open, and about what. */
export type MachineSheet =
  | { readonly name: "menu" | "invite" | "add" | "rotate" }
  | { readonly name: "rename" | "revoke"; readonly device: DeviceRow }
  | { readonly name: "project"; readonly root: RootId };

interface MachineSheetsProps {
  readonly sheet: MachineSheet;
  readonly machine: MachineView;
  readonly isAdmin: boolean;
  readonly onClose: () => void;
}

/** The open sheet. */
export function MachineSheets({ sheet, machine, isAdmin, onClose }: MachineSheetsProps): ReactNode {
  const live = useLive();
  const clock = useClock("minute");
  const { asked, ask } = useOutcome();
  const refused = asked.status === "refused" ? reasonWords(asked.refusal) : undefined;
  const closeAfter = (run: () => Promise<Outcome>): void => {
    void ask(run).then((outcome) => {
      if (outcome?.ok === true) onClose();
    });
  };
  switch (sheet.name) {
    case "menu":
      return null;
    case "invite":
      return <InviteFlow machine={machine} onClose={onClose} />;
    case "add":
      return (
        <AddProjectSheet
          machineName={machine.name}
          folders={machine.health?.projectFolders ?? []}
          refused={refused}
          isBusy={asked.status === "busy"}
          onAdd={(path) => closeAfter(() => live.addProject(machine.machine, path))}
          onClose={onClose}
        />
      );
    case "rotate":
      return (
        <RotateSheet
          machineName={machine.name}
          refused={refused}
          isBusy={asked.status === "busy"}
          onRotate={() => closeAfter(() => live.rotateKeys(machine.machine))}
          onClose={onClose}
        />
      );
    case "rename":
      return (
        <RenameSheet
          device={sheet.device}
          refused={refused}
          onSave={(name) => closeAfter(() => live.renameDevice(machine.machine, sheet.device.d, name))}
          onClose={onClose}
        />
      );
    case "revoke":
      return (
        <RevokeSheet
          device={sheet.device}
          when={whenWords(sheet.device, clock)}
          machineName={machine.name}
          refused={refused}
          onRevoke={() => closeAfter(() => live.revokeDevice(machine.machine, sheet.device.d))}
          onClose={onClose}
        />
      );
    case "project": {
      const project = machine.projects?.projects.find((each) => each.root === sheet.root);
      if (project === undefined) return null;
      return (
        <ProjectSheet
          project={project}
          trust={machine.trust[project.root]}
          isAdmin={isAdmin}
          refused={refused}
          onTrust={(digest) => closeAfter(() => live.trustProject(machine.machine, project.root, digest))}
          onRemove={() => closeAfter(() => live.removeProject(machine.machine, project.root))}
          onClose={onClose}
        />
      );
    }
  }
}

import { useState } from "react";
import type { ReactNode } from "react";
import { throughNpm } from "../../live/command-line.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface AddProjectSheetProps {
  readonly machineName: string;
  /** Folders in which a device may register; empty = only at the machine itself. */
  readonly folders: readonly string[];
  readonly refused?: string | undefined;
  readonly isBusy: boolean;
  readonly onAdd: (path: string) => void;
  readonly onClose: () => void;
}

/** Registers a folder of the machine as a project, where its owner allows that from a device. */
export function AddProjectSheet({
  machineName,
  folders,
  refused,
  isBusy,
  onAdd,
  onClose,
}: AddProjectSheetProps): ReactNode {
  const [path, setPath] = useState(folders[0] === undefined ? "" : `${folders[0].replace(/\/$/u, "")}/`);
  if (folders.length === 0) {
    return (
      <Sheet title="Add a project" onClose={onClose}>
        <p className="why">
          Projects are added on {machineName} itself, unless its owner names folders for devices. In the folder of
          Kelpie there:
        </p>
        <pre className="cmd">{throughNpm("up ~/code/my-project")}</pre>
        <ButtonRow>
          <Button onPress={onClose}>Cancel</Button>
        </ButtonRow>
      </Sheet>
    );
  }
  return (
    <Sheet title="Add a project" onClose={onClose}>
      <TextField
        label={`Folder on ${machineName}`}
        content="code"
        value={path}
        onChange={setPath}
        note={`Within ${folders.join(", ")}`}
        error={refused}
      />
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" isDisabled={path.trim() === "" || isBusy} onPress={() => onAdd(path.trim())}>
          {isBusy ? "Adding" : "Add"}
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

import { useState } from "react";
import type { ReactNode } from "react";
import type { DeviceRow } from "../../live/model.ts";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface RenameSheetProps {
  readonly device: DeviceRow;
  /** Why the last try was refused. */
  readonly refused?: string | undefined;
  readonly onSave: (name: string) => void;
  readonly onClose: () => void;
}

/** A device's name, as every other device sees it. */
export function RenameSheet({ device, refused, onSave, onClose }: RenameSheetProps): ReactNode {
  const [name, setName] = useState(device.name);
  return (
    <Sheet title="Name of the device" onClose={onClose}>
      <TextField label="Name" value={name} maxLength={64} error={refused} onChange={setName} />
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button
          kind="filled"
          isDisabled={name.trim() === "" || name === device.name}
          onPress={() => onSave(name.trim())}
        >
          Save
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

interface RevokeSheetProps {
  readonly device: DeviceRow;
  /** When it was seen and paired: names may be the same. */
  readonly when: string;
  readonly machineName: string;
  readonly refused?: string | undefined;
  readonly onRevoke: () => void;
  readonly onClose: () => void;
}

/** Says what revoking does before it does it: it cannot be taken back. */
export function RevokeSheet({ device, when, machineName, refused, onRevoke, onClose }: RevokeSheetProps): ReactNode {
  return (
    <Sheet title={`Revoke ${device.name}?`} onClose={onClose}>
      <p className="why">
        It was {when}. It can no longer read anything new or send anything to {machineName}, at once. The keys are
        changed for all other devices. To use it again, pair it anew.
      </p>
      {refused === undefined ? null : (
        <p className="field-note" data-tone="fail" role="alert">
          {refused}
        </p>
      )}
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" onPress={onRevoke}>
          Revoke
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

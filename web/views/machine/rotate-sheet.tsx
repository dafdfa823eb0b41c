import type { ReactNode } from "react";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface RotateSheetProps {
  readonly machineName: string;
  readonly refused?: string | undefined;
  readonly isBusy: boolean;
  readonly onRotate: () => void;
  readonly onClose: () => void;
}

/** Says what changing the keys does, and when it is worth it. */
export function RotateSheet({ machineName, refused, isBusy, onRotate, onClose }: RotateSheetProps): ReactNode {
  return (
    <Sheet title="Change the keys now?" onClose={onClose}>
      <p className="why">
        From now on {machineName} seals everything with new keys; every paired device gets them by itself. It does so
        every seven days anyway. Do it now when somebody may have seen the old ones.
      </p>
      {refused === undefined ? null : (
        <p className="field-note" data-tone="fail" role="alert">
          {refused}
        </p>
      )}
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="filled" isDisabled={isBusy} onPress={onRotate}>
          Change the keys
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

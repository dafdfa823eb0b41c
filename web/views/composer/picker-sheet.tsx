import { useState } from "react";
import type { ReactNode } from "react";
import { Button, ButtonRow } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Sheet } from "../../ui/sheet.tsx";

interface PickerSheetProps {
  /** Groups the inputs; unique on the page. */
  readonly name: string;
  readonly title: string;
  readonly options: readonly { readonly id: string; readonly name: string; readonly detail?: string | undefined }[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
  readonly onClose: () => void;
}

/** One of several, from below: Cancel leaves everything as it was. */
export function PickerSheet({ name, title, options, chosen, onChoose, onClose }: PickerSheetProps): ReactNode {
  const [picked, setPicked] = useState(chosen);
  return (
    <Sheet title={title} onClose={onClose}>
      <Choices
        name={name}
        legend={title}
        isLegendHidden
        mode="one"
        choices={options.map((option) => ({ value: option.id, label: option.name, detail: option.detail }))}
        chosen={picked === undefined ? [] : [picked]}
        onChoose={([first]) => setPicked(first)}
      />
      <ButtonRow>
        <Button onPress={onClose}>Cancel</Button>
        <Button
          kind="filled"
          isDisabled={picked === undefined}
          onPress={() => (picked === undefined ? onClose() : onChoose(picked))}
        >
          Choose
        </Button>
      </ButtonRow>
    </Sheet>
  );
}

import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Group, Row } from "../../ui/row.tsx";
import { Sheet } from "../../ui/sheet.tsx";

/** One thing a menu can do. */
export interface MenuItem {
  readonly label: string;
  /** What it means, in words; a menu never asks "are you sure". */
  readonly detail?: string;
  readonly icon: ReactNode;
  readonly onPress: () => void;
}

interface MenuSheetProps {
  readonly title: string;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
}

/** A menu from below, within the thumb's reach. Choosing closes it. */
export function MenuSheet({ title, items, onClose }: MenuSheetProps): ReactNode {
  return (
    <Sheet title={title} onClose={onClose}>
      <Group label={title}>
        {items.map((item) => (
          <Row
            key={item.label}
            isMiddle
            glyph={item.icon}
            title={item.label}
            meta={item.detail}
            onPress={() => {
              onClose();
              item.onPress();
            }}
          />
        ))}
      </Group>
      <div className="btns">
        <Button onPress={onClose}>Cancel</Button>
      </div>
    </Sheet>
  );
}

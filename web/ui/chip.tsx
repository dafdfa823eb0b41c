import type { ReactNode } from "react";

interface ChipProps {
  readonly children: ReactNode;
  readonly isPressed?: boolean;
  readonly live?: string;
  readonly onPress?: (() => void) | undefined;
}

/** A small round toggle in a row of others; its hit area is 44 px. */
export function Chip({ children, isPressed = false, live, onPress }: ChipProps): ReactNode {
  return (
    <button type="button" className="chip" data-proof={live} aria-pressed={isPressed} onClick={onPress}>
      {children}
    </button>
  );
}

import { ArrowDown } from "lucide-react";
import type { ReactNode } from "react";

/** Shown while the reader is not at the bottom; stands in the dock, above the composer. */
export function NewPill({ count, onPress }: { count: number; onPress: () => void }): ReactNode {
  return (
    <button type="button" className="new-pill" onClick={onPress}>
      <ArrowDown className="icon" aria-hidden />
      {count > 0 ? `${count} new` : "To the end"}
    </button>
  );
}

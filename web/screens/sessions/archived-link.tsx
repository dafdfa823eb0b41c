import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";

interface ArchivedLinkProps {
  readonly count: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** The way to archived sessions and back; not there while nothing is archived. */
export function ArchivedLink({ count, isOpen, onToggle }: ArchivedLinkProps): ReactNode {
  if (count === 0 && !isOpen) return null;
  return (
    <Button kind="plain" isWide onPress={onToggle}>
      {isOpen ? "Back to all sessions" : `Archived ${count}`}
    </Button>
  );
}

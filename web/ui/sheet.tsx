// A sheet is the browser's own modal dialog: it traps focus, makes the page behind inert, answers Escape and gives the
// focus back, all without a script of ours and without an injected style element (the CSP forbids one).
import { useId, useLayoutEffect, useRef } from "react";
import type { ReactNode, SyntheticEvent } from "react";

interface SheetProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Called on Escape, the back gesture, and a tap beside the sheet. The owner unmounts it. */
  readonly onClose: () => void;
}

/** Rises from below while mounted. The owner renders it to open it and stops rendering it to close it. */
export function Sheet({ title, children, onClose }: SheetProps): ReactNode {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // A layout effect: its end comes while the dialog still stands in the page, and only then does close() give focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    // A strict-mode remount finds it open already; opening twice throws.
    if (!element.open) element.showModal();
    return () => element.close();
  }, []);
  const handleCancel = (event: SyntheticEvent): void => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-labelledby={titleId}
      onCancel={handleCancel}
      onClick={(event) => {
        if (event.target === event.currentTarget && isOutside(event.currentTarget, event.clientX, event.clientY))
          onClose();
      }}
    >
      <i className="grip" aria-hidden />
      <h2 id={titleId} tabIndex={-1} autoFocus>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

// The backdrop belongs to the dialog element, so a tap on it arrives as a tap on the dialog with outer coordinates.
function isOutside(element: HTMLElement, x: number, y: number): boolean {
  const box = element.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
